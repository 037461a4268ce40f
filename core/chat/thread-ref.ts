/** Platforms that have an adapter. */
export type Platform = 'console' | 'slack' | 'matrix' | 'discord';

/**
 * The address of a thread: `platform/workspace/channel/thread`, each part percent-encoded. One string, so that the
 * database can hold it unique.
 */
export interface ThreadRef {
  platform: Platform;
  /** The workspace's id at the platform. */
  workspace: string;
  channel: string;
  thread: string;
}

/** `console/local/home/thr_01…` */
export function formatThreadRef(ref: ThreadRef): string {
  return [ref.platform, ref.workspace, ref.channel, ref.thread].map(encodeURIComponent).join('/');
}

/** @throws {TypeError} when the text is no thread reference. */
export function parseThreadRef(text: string): ThreadRef {
  const [platform, workspace, channel, thread, ...rest] = text.split('/').map(decodeURIComponent);
  if (!platform || !workspace || !channel || !thread || rest.length > 0) {
    throw new TypeError(`not a thread reference: ${text}`);
  }
  return { platform: platform as Platform, workspace, channel, thread };
}
