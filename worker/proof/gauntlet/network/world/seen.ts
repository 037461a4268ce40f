/** Nobody's: packets to it say how far the capture is. */
export const markAddress = '192.0.2.1';

/** What the world outside the door saw; all that a verdict may rest on. */
export type Seen =
  | { kind: 'query'; name: string; type: number }
  /** A request as a lenient server read it. */
  | {
      kind: 'request';
      to: string;
      port: number;
      serverName: string | null;
      method: string;
      url: string;
      headers: string[];
      body: string;
    }
  /** Bytes that were no request: after an upgrade, by another protocol, or ill-formed. */
  | { kind: 'bytes'; to: string; port: number; serverName: string | null; text: string }
  | { kind: 'packet'; protocol: string; to: string; port: number };
