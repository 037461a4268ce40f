/** What a turn's model calls used. */
export interface Usage {
  requests: number;
  inputTokens: number;
  outputTokens: number;
}
