/**
 * The envelope in which our scanner prints its report (spec.md §6), so that a container's log of 10 MiB holds it and
 * damage is seen:
 *
 *     -----BEGIN SCAN LINK REPORT 1 zstd-----
 *     |KLUv/WQ…            base64 of 3,072 bytes of the compressed document a line
 *     -----END SCAN LINK REPORT 123456 sha256:9f86d0…-----
 *
 * The trailer has the document's length in bytes and its digest, both before compression. Other lines may stand
 * before, between (a container's log mixes in what goes to stderr) and after; only whole lines that begin with `|`
 * count.
 */
export const envelopeMagic = '-----BEGIN SCAN LINK REPORT ';
export const trailerMagic = '-----END SCAN LINK REPORT ';
export const headerPattern = /^-----BEGIN SCAN LINK REPORT (\d{1,4}) ([a-z0-9]{1,20})-----$/;
export const trailerPattern = /^-----END SCAN LINK REPORT (\d{1,15}) sha256:([0-9a-f]{64})-----$/;
export const version = '1';
export const compression = 'zstd';
/** Bytes of a line before base64: 4,097 characters, well under the 16 KiB at which container runtimes split lines. */
export const lineBytes = 3072;
