/** What a bench measures, for `docs/performance.md`; stands beside the bench's code. */
export interface About {
  title: string;
  /** How its figures are taken: what is real, what stands in for what, what runs beside what. */
  how: string;
  /**
   * What each figure says, by the beginning of its name; the longest beginning that fits is meant. A bench has no figure
   * without words here.
   */
  figures: Record<string, string>;
  /** What is known of figures that may fall short, by name: shown where one does. */
  short?: Record<string, string>;
  /** What has to be there before it starts, and is brought. */
  needs?: ('sandboxes' | 'browser')[];
  /** The bench is ended after this, in minutes: it has gone wrong. */
  minutes: number;
}
