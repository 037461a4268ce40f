import type { DeviceOf, Devices } from '#core/chat/devices-port.ts';
import { DeckhandError } from '#core/errors.ts';
import { type DeviceStore, openDeviceStore } from './device-store.ts';
import { sdk } from './sdk.ts';

export type Machine = InstanceType<typeof sdk.OlmMachine>;

/** A device's keys. */
export interface KeyRing {
  /**
   * Works with the device as it stands now, one after another. `keep` writes down what has changed, and is called before
   * anything that follows from it leaves this process; what is changed after the last call is kept at the end. When
   * another process has written meanwhile `work` begins anew with what that has left.
   */
  use<T>(work: (machine: Machine, keep: () => Promise<void>) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface KeyRingDeps {
  devices: Devices;
  of: DeviceOf;
  /** 32 bytes; what is kept is sealed with it. */
  key: Uint8Array;
  /** Looks, once, whether the homeserver knows this device by the keys that we have; `isNew`: we have made them just now. */
  check(identity: { ed25519: string; isNew: boolean }): Promise<void>;
}

/** The keys are not there, or are not those that the homeserver knows. It stays so until somebody does something. */
export class KeysLost extends DeckhandError {
  constructor(what: string, cause?: unknown) {
    super('platform.refused', what, { blame: 'machine', cause });
  }
}

/** Another process has changed the device since we read it. */
class Overtaken extends Error {}

interface Loaded {
  store: DeviceStore;
  machine: Machine;
  version: number;
}

const mostTries = 10;

export function openKeyRing({ devices, of, key, check }: KeyRingDeps): KeyRing {
  let loaded: Loaded | null = null;
  let checked = false;
  let tail: Promise<unknown> = Promise.resolve();

  async function load(): Promise<Loaded> {
    const there = await devices.read(of);
    const store = await openDeviceStore(there?.rows ?? null);
    try {
      const handle = await sdk.StoreHandle.openWithKey(store.name, key);
      const [user, device] = [new sdk.UserId(of.account), new sdk.DeviceId(of.device)];
      const machine = await sdk.OlmMachine.initFromStore(user, device, handle);
      return { store, machine, version: there?.version ?? 0 };
    } catch (error) {
      store.close();
      const what = `my keys are there, but MATRIX_ENCRYPTION_KEY does not open them`;
      throw there ? new KeysLost(what, error) : error;
    }
  }

  function drop(): void {
    const old = loaded;
    loaded = null;
    old?.machine.close();
    old?.store.close();
  }

  /** The device as the last writer left it. */
  async function present(): Promise<Loaded> {
    if (loaded && loaded.version !== (await devices.version(of))) drop();
    loaded ??= await load();
    if (!checked) {
      const ed25519 = loaded.machine.identityKeys.ed25519.toBase64();
      await check({ ed25519, isNew: loaded.version === 0 });
      checked = true;
    }
    return loaded;
  }

  async function keep(state: Loaded): Promise<void> {
    const { rows, emptied } = await state.store.changes();
    if (rows.length === 0 && emptied.length === 0) return;
    const version = await devices.write(of, state.version, rows, emptied);
    if (version === null) throw new Overtaken();
    state.store.kept();
    state.version = version;
  }

  async function once<T>(work: Parameters<KeyRing['use']>[0]): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      const state = await present();
      try {
        const result = (await work(state.machine, () => keep(state))) as T;
        await keep(state);
        return result;
      } catch (error) {
        if (!(error instanceof Overtaken)) throw error;
        drop();
        if (tries === mostTries) {
          const facts = { retryable: true, retryAfterMs: 1_000, blame: 'machine' } as const;
          throw new DeckhandError(
            'platform.unreachable',
            'Other processes use the keys; it is tried again.',
            facts,
          );
        }
      }
    }
  }

  const inLine = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = tail.then(work);
    tail = mine.catch(() => {});
    return mine;
  };
  return {
    use: (work) => inLine(() => once(work)),
    close: () => inLine(async () => drop()),
  };
}
