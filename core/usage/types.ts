/** What a turn's model calls used. */
export interface Usage {
  requests: number;
  inputTokens: number;
  outputTokens: number;
}

/** What one model call used. Cached input is part of the input. */
export interface CallUsage {
  inputTokens: number;
  cachedInputTokens?: number;
  outputTokens: number;
}
