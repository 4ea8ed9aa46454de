/** A point of the map with the text that names it. */
export interface Labelled {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface PlacedLabel extends Labelled {
  /** Left end and base line of the text. */
  readonly textX: number;
  readonly textY: number;
  /** Where a thin line from the point meets the text; `null` beside the point. */
  readonly leader: { readonly x: number; readonly y: number } | null;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Width of a letter and height of a line at the map's letter size (`.map-label` in map.css). */
const LETTER = 7.4;
const LINE = 15;
const POINT = 6;
/** How far labels may be moved, in steps, before they are left where they collide least. */
const DISTANCES = [10, 22, 36, 52, 70] as const;

/**
 * Puts each label beside its point, right before left before above and below, where it meets no point, no other label
 * and no edge; further out, with a line, where the place is crowded. Southern and crowded points go last: the order is
 * that of `points`, so that the same list gives the same map.
 */
export function placeLabels(
  points: readonly Labelled[],
  size: { readonly width: number; readonly height: number },
): readonly PlacedLabel[] {
  const taken: Box[] = points.map(({ x, y }) => ({
    left: x - POINT,
    top: y - POINT,
    right: x + POINT,
    bottom: y + POINT,
  }));
  return points.map((point, own) => {
    const others = taken.filter((_, index) => index !== own);
    const best = candidates(point)
      .map((box) => ({ box, cost: costOf(box, others, size) }))
      .reduce((least, one) => (one.cost < least.cost ? one : least)).box;
    taken.push(best);
    const apart = Math.hypot(
      Math.max(best.left - point.x, 0, point.x - best.right),
      Math.max(best.top - point.y, 0, point.y - best.bottom),
    );
    const edge = {
      x: best.left > point.x ? best.left - 2 : Math.min(best.right + 2, point.x),
      y: (best.top + best.bottom) / 2,
    };
    return { ...point, textX: round(best.left), textY: round(best.bottom - 4), leader: apart > 14 ? edge : null };
  });
}

function candidates({ x, y, text }: Labelled): readonly Box[] {
  const width = text.length * LETTER;
  return DISTANCES.flatMap((distance) =>
    [
      [x + distance, y - LINE / 2],
      [x - distance - width, y - LINE / 2],
      [x - width / 2, y - distance - LINE],
      [x - width / 2, y + distance],
      [x + distance * 0.7, y - distance * 0.7 - LINE],
      [x + distance * 0.7, y + distance * 0.7],
      [x - distance * 0.7 - width, y - distance * 0.7 - LINE],
      [x - distance * 0.7 - width, y + distance * 0.7],
    ].map(([left = 0, top = 0]) => ({ left, top, right: left + width, bottom: top + LINE })),
  );
}

/** Area of what is covered, and of what sticks out of the map. */
function costOf(box: Box, others: readonly Box[], size: { readonly width: number; readonly height: number }): number {
  const inside = overlap(box, { left: 2, top: 2, right: size.width - 2, bottom: size.height - 2 });
  const whole = (box.right - box.left) * (box.bottom - box.top);
  return Math.round(others.reduce((sum, other) => sum + overlap(box, other), (whole - inside) * 4));
}

const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.right, b.right) - Math.max(a.left, b.left)) *
  Math.max(0, Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top));

const round = (value: number) => Math.round(value * 10) / 10;
