import { randomBytes } from 'node:crypto';

/** 256 random bits: no need for a slow hash, nothing to guess. */
export const newToken = (): string => randomBytes(32).toString('base64url');
