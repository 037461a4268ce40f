import { Manifest } from '@openai/agents/sandbox';
import { DockerSandboxClient } from '@openai/agents/sandbox/local';

/** The Agents SDK's own Docker sandbox, with nothing in it, on the same image and engine. */
export interface Peer {
  run(script: string): Promise<void>;
  close(): Promise<void>;
}

export async function openPeer(image: string): Promise<Peer> {
  const client = new DockerSandboxClient({ image, networkMode: 'none' });
  const session = await client.create(new Manifest({}));
  return {
    run: async (cmd) => {
      const { exitCode, output } = await session.execCommand({ cmd, login: true }).then(whole);
      if (exitCode !== 0) throw new Error(`the peer's command failed: ${output}`);
    },
    close: () => session.close(),
  };
}

/** It answers in words for a model: the exit code stands in them. */
function whole(answer: string): { exitCode: number; output: string } {
  return { exitCode: Number(/exited with code (\d+)/.exec(answer)?.[1] ?? Number.NaN), output: answer };
}
