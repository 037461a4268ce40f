import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { within } from './deadline.ts';
import { buildDebianImage, imageExists } from './debian-image.ts';
import { connectEngine, engineError } from './engine.ts';
import { withFileLock } from './file-lock.ts';
import { buildHelper, type HelperOrder } from './helper-binary.ts';
import { withNode } from './node-programs.ts';

const FOLDER = fileURLToPath(new URL('../../../sandbox-images/base', import.meta.url));

const LOCK_WAIT_MS = 300_000;
const ASK_MS = 15_000;
/** Ten times what it takes where the packages come quickly. */
const BUILD_MS = 900_000;

export interface BaseImageOrder extends HelperOrder {
  /** Address of the engine, as in DOCKER_HOST. */
  docker: string;
  tag: string;
}

/**
 * Sees that the image and the helper are there, and makes what is missing (up to a minute).
 * @returns the helper's path, for `SandboxOptions.helper`.
 * @throws {DeckhandError} `image.no_mmdebstrap`, `image.build_failed`, `image.helper_failed`, `image.no_node`, `sandbox.unavailable`
 */
export async function buildBaseImage({
  docker,
  tag,
  from,
  home,
  onProgress,
}: BaseImageOrder): Promise<{ helper: string }> {
  await mkdir(home, { recursive: true });
  try {
    return await withFileLock(join(home, 'image.lock'), LOCK_WAIT_MS, async () => {
      const engine = connectEngine(docker);
      await within(ASK_MS, 'asking for its version', () => engine.ping());
      // Side by side: the one mostly downloads while the other compiles. Both end before either's failure is told.
      const base = imageExists(engine, tag).then(async (there) => {
        if (there) return;
        onProgress(`building the sandbox image ${tag}`);
        const folder = await withNode(FOLDER, home);
        await buildDebianImage(engine, { folder, tag, from, variant: 'minbase' }, onProgress).finally(() =>
          rm(folder, { recursive: true, force: true }),
        );
      });
      const [helper, built] = await within(BUILD_MS, 'building the sandbox image', () =>
        Promise.allSettled([buildHelper(engine, { home, onProgress, ...(from ? { from } : {}) }), base]),
      );
      if (helper.status === 'rejected') throw helper.reason;
      if (built.status === 'rejected') throw built.reason;
      return { helper: helper.value };
    });
  } catch (error) {
    throw engineError(error);
  }
}
