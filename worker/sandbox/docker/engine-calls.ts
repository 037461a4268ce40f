import type { Duplex } from 'node:stream';
import type Docker from 'dockerode';
import { containerName } from './container.ts';
import { within } from './deadline.ts';
import { connectEngine, ignoringGone } from './engine.ts';
import { Gate } from './gate.ts';
import { HELPER, LABEL_INSTANCE, LABEL_PLACE, LABEL_SESSION, WORKSPACE_GID } from './options.ts';

/** The engine answers from memory. */
const ASK_MS = 15_000;
/** Making and removing wait for disks and cgroups, behind whatever else the engine does. */
const CHANGE_MS = 60_000;
/** More at once only wait inside the engine, where nothing keeps their order. */
const CHANGES_AT_ONCE = 4;

/** Everything sandboxes ask of the engine: each call ends in time, and a burst of them is taken in turn. */
export class EngineCalls {
  readonly #engine: Docker;
  readonly #askMs: number;
  readonly #changeMs: number;
  readonly #changes = new Gate(CHANGES_AT_ONCE);

  /** @param deadlineMs in place of the usual ones, for tests */
  constructor(address: string, deadlineMs?: number) {
    this.#engine = connectEngine(address);
    this.#askMs = deadlineMs ?? ASK_MS;
    this.#changeMs = deadlineMs ?? CHANGE_MS;
  }

  /** Makes and removals wait here for their turn. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#changes.pass(work);
  }

  state(name: string): Promise<Docker.ContainerInspectInfo['State'] & { id: string; image: string }> {
    return this.#ask(`looking at ${name}`, async (abortSignal) => {
      const found = await this.#engine.getContainer(name).inspect({ abortSignal });
      return { ...found.State, id: found.Id, image: found.Config.Image };
    });
  }

  /** Makes a container and starts it; one that does not start is removed again. */
  async make(spec: Docker.ContainerCreateOptions & { name: string }): Promise<void> {
    const { id } = await this.#change(`making ${spec.name}`, (abortSignal) =>
      this.#engine.createContainer({ ...spec, abortSignal }),
    );
    try {
      await this.#change(`starting ${spec.name}`, (abortSignal) =>
        this.#engine.getContainer(id).start({ abortSignal }),
      );
    } catch (error) {
      // By its number: the name may be another worker's by now.
      await this.remove(id);
      throw error;
    }
  }

  /** Removes a container by name or number, running or not; none is fine. */
  remove(name: string): Promise<void> {
    return this.#change(`removing ${name}`, (abortSignal) =>
      ignoringGone(this.#engine.getContainer(name).remove({ force: true, v: true, abortSignal })),
    );
  }

  /** Starts the helper in a container and gives its three streams as one. */
  attach(name: string, exec: Docker.ExecCreateOptions): Promise<Duplex> {
    return this.#ask(`entering ${name}`, async (abortSignal) => {
      const made = await this.#engine
        .getContainer(name)
        .exec({ ...exec, AttachStdin: true, AttachStdout: true, AttachStderr: true, abortSignal });
      // No signal from here on: it would end a stream that is to live. A late stream is closed.
      const stream = await made.start({ hijack: true, stdin: true });
      if (abortSignal.aborted) stream.destroy();
      return stream;
    });
  }

  /** Runs a mode of the helper that says nothing, to its end; gives its exit code. */
  runHelper(name: string, user: string, ...mode: string[]): Promise<number | null> {
    return this.#ask(`${mode[0]} in ${name}`, async (abortSignal) => {
      const made = await this.#engine.getContainer(name).exec({
        Cmd: [HELPER, ...mode],
        User: `${user}:${WORKSPACE_GID}`,
        AttachStdout: true,
        AttachStderr: true,
        abortSignal,
      });
      const stream = await made.start({ abortSignal });
      abortSignal.addEventListener('abort', () => stream.destroy(), { once: true });
      await new Promise<void>((resolve, reject) => {
        stream.on('error', reject).on('close', resolve).on('end', resolve).resume();
      });
      return (await made.inspect({ abortSignal })).ExitCode;
    });
  }

  /** Sessions that have a container of this installation on this host, whoever made it. */
  async sessions(instance: string): Promise<string[]> {
    const prefix = `/${containerName(instance, '')}`;
    // By name: one made in advance got its labels before its session.
    return (await this.#list(`${LABEL_INSTANCE}=${instance}`))
      .map(({ Labels: labels, Names: [name = ''] }) =>
        name === `${prefix}${labels[LABEL_PLACE]}` ? '' : name.slice(prefix.length),
      )
      .filter((session) => session !== '');
  }

  /** Containers made in advance by their places; claimed: a session has them by now. */
  async warmPlaces(instance: string): Promise<Map<string, { id: string; claimed: boolean }>> {
    const prefix = `/${containerName(instance, '')}`;
    const found = await this.#list(`${LABEL_INSTANCE}=${instance}`, LABEL_PLACE);
    return new Map(
      found.map(({ Id: id, Labels: labels, Names: [name] }) => {
        const place = labels[LABEL_PLACE] ?? '';
        return [place, { id, claimed: name !== `${prefix}${place}` }];
      }),
    );
  }

  /** Gives a container another name; 409 when that is taken. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask(`naming ${to}`, async (abortSignal) => {
      await this.#engine.getContainer(from).rename({ name: to, abortSignal });
    });
  }

  #list(...label: string[]): Promise<Docker.ContainerInfo[]> {
    return this.#ask('listing the sandboxes', (abortSignal) =>
      this.#engine.listContainers({ all: true, filters: { label }, abortSignal }),
    );
  }

  /** Names of this installation's volumes that outlive their containers, with their sessions. */
  async volumes(instance: string): Promise<{ name: string; session: string }[]> {
    const filters = JSON.stringify({ label: [`${LABEL_INSTANCE}=${instance}`, LABEL_SESSION] });
    const { Volumes: volumes } = await this.#ask('listing the volumes', (abortSignal) =>
      this.#engine.listVolumes({ filters, abortSignal }),
    );
    return (volumes ?? []).map((volume) => ({
      name: volume.Name,
      session: volume.Labels?.[LABEL_SESSION] ?? '',
    }));
  }

  removeVolume(name: string): Promise<void> {
    return this.#change('removing a volume', (abortSignal) =>
      ignoringGone(this.#engine.getVolume(name).remove({ abortSignal })),
    );
  }

  #ask<T>(what: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return within(this.#askMs, what, call);
  }

  #change<T>(what: string, call: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
    return within(this.#changeMs, what, call);
  }
}
