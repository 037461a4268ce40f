import Docker from 'dockerode';
import { DeckhandError, messageOf } from '#core/errors.ts';

/** A client of the engine at `unix://…`, `tcp://…` or `http://…`. @throws {DeckhandError} `sandbox.docker_address` */
export function connectEngine(address: string): Docker {
  const url = URL.parse(address);
  if (url?.protocol === 'unix:') return new Docker({ socketPath: url.pathname });
  if (url?.protocol === 'tcp:' || url?.protocol === 'http:') {
    return new Docker({ protocol: 'http', host: url.hostname, port: Number(url.port || 2375) });
  }
  throw new DeckhandError(
    'sandbox.docker_address',
    `DOCKER_HOST is "${address}"; write unix:///path/to/docker.sock or tcp://host:port.`,
    { blame: 'machine' },
  );
}

/** The HTTP status of the engine's refusal, or null when the engine did not answer. */
export function refusalOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('statusCode' in error)) return null;
  return typeof error.statusCode === 'number' ? error.statusCode : null;
}

/** As the engine's own refusal: somebody else is at it, and it is to be looked at again. */
export function conflict(): Error {
  return Object.assign(new Error('another worker is at it'), { statusCode: 409 });
}

/** For what may already be gone, or be going: 404, 304 and 409 count as done. */
export async function ignoringGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (![304, 404, 409].includes(refusalOf(error) ?? 0)) throw error;
  }
}

/** Where an image that a template asks for is not there, what can be done about it; anything else as it is. */
export function withoutImage(error: unknown, image: string): unknown {
  if (refusalOf(error) !== 404 || !/no such image/i.test(messageOf(error))) return error;
  return new DeckhandError(
    'sandbox.image_missing',
    `This thread's template asks for the image ${image}, which the machine that runs sandboxes does not have. An administrator brings it there (\`docker pull ${image}\`, or builds it), or takes \`image\` out of the template.`,
    { blame: 'machine', cause: error },
  );
}

/** The engine's failure in words for people; errors of ours pass unchanged. */
export function engineError(error: unknown): DeckhandError {
  if (error instanceof DeckhandError) return error;
  if (refusalOf(error) === 404 && /no such image/i.test(messageOf(error))) {
    return new DeckhandError(
      'sandbox.image_missing',
      'The sandbox image is not there. Start Deckhand again (it builds the image), or name another in DECKHAND_SANDBOX_IMAGE.',
      { blame: 'machine', cause: error },
    );
  }
  const said = refusalOf(error) === null ? 'does not answer' : 'refused';
  return new DeckhandError(
    'sandbox.unavailable',
    `The Docker engine ${said} (${messageOf(error)}). Check that it runs (\`docker info\`) and try again.`,
    { retryable: true, blame: 'machine', cause: error },
  );
}
