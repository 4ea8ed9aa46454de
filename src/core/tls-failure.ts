const CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/;

/** Whether a code of the platform's network errors says that the two sides did not agree on TLS, certificates included. */
export const isTlsFailure = (code: unknown): boolean => CODE.test(String(code));
