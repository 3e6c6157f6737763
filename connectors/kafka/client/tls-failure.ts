/** OpenSSL's and Node's names of a handshake that failed, which both drivers pass on: a certificate, or a side that does not speak TLS. */
const NAMES = /^(ERR_TLS|ERR_SSL|ERR_OSSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|EPROTO$)/;

/** @param code of a socket's error */
export const isTlsFailure = (code: unknown): boolean => typeof code === 'string' && NAMES.test(code);
