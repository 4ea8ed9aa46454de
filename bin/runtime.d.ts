export declare const RUN_FLAGS: readonly string[];
export declare function lockedNode(root: string): string;
