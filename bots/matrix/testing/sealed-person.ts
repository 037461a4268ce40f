import type { MatrixEvent } from '#bots/matrix/types.ts';
import { sdk } from '../crypto/sdk.ts';
import { type Account, Person } from './person.ts';

type Machine = InstanceType<typeof sdk.OlmMachine>;
interface KeyRequest {
  id?: string;
  type: number;
  body: string;
  event_type?: string;
  txn_id?: string;
}

const megolm = 'm.megolm.v1.aes-sha2';
export const encryption = { type: 'm.room.encryption', state_key: '', content: { algorithm: megolm } };

/** Somebody in Element with encryption: the same SDK, keys in memory, and nothing of ours. */
export class SealedPerson extends Person {
  readonly #machine: Machine;
  /** Has it shared the key of its messages? Without it nobody can read them. */
  shares = true;
  #since: string | null = null;

  private constructor(account: Account, machine: Machine) {
    super(account);
    this.#machine = machine;
  }

  static async of(account: Account): Promise<SealedPerson> {
    await sdk.initAsync();
    const [user, device] = [new sdk.UserId(account.userId), new sdk.DeviceId(account.deviceId)];
    const person = new SealedPerson(account, await sdk.OlmMachine.initialize(user, device));
    await person.catchUp();
    return person;
  }

  /** Takes what has come for this device. */
  async catchUp(): Promise<void> {
    const since = this.#since ? `&since=${encodeURIComponent(this.#since)}` : '';
    interface Sync {
      next_batch: string;
      to_device?: { events: unknown[] };
      device_lists?: { changed?: string[] };
      device_one_time_keys_count?: Record<string, number>;
    }
    const batch = await this.call<Sync>('GET', `/sync?timeout=0${since}`);
    this.#since = batch.next_batch;
    const changed = (batch.device_lists?.changed ?? []).map((user) => new sdk.UserId(user));
    await this.#machine.receiveSyncChanges(
      JSON.stringify(batch.to_device?.events ?? []),
      new sdk.DeviceLists(changed, []),
      new Map(Object.entries(batch.device_one_time_keys_count ?? {})),
    );
    await this.#sendAll((await this.#machine.outgoingRequests()) as KeyRequest[]);
  }

  async #sendAll(requests: KeyRequest[]): Promise<void> {
    const { RequestType } = sdk;
    const posts: Record<number, string> = {
      [RequestType.KeysUpload]: '/keys/upload',
      [RequestType.KeysQuery]: '/keys/query',
      [RequestType.KeysClaim]: '/keys/claim',
      [RequestType.SignatureUpload]: '/keys/signatures/upload',
    };
    for (const { id, type, body, event_type: kind, txn_id: transaction } of requests) {
      const path = posts[type];
      const answer = path
        ? await this.call('POST', path, JSON.parse(body))
        : await this.call('PUT', `/sendToDevice/${kind}/${transaction}`, JSON.parse(body));
      if (id) await this.#machine.markRequestAsSent(id, type, JSON.stringify(answer));
    }
  }

  override send(roomId: string, type: string, content: Record<string, unknown>): Promise<string> {
    if (type !== 'm.room.message') return super.send(roomId, type, content);
    const sent = this.#tail.then(() => this.#sendSealed(roomId, type, content));
    this.#tail = sent.catch(() => {});
    return sent;
  }

  /** One at a time: a key is shared with a room once. */
  #tail: Promise<unknown> = Promise.resolve();

  async #sendSealed(roomId: string, type: string, content: Record<string, unknown>): Promise<string> {
    await this.catchUp();
    const path = `/rooms/${encodeURIComponent(roomId)}/joined_members`;
    const { joined } = await this.call<{ joined: object }>('GET', path);
    const users = () => Object.keys(joined).map((user) => new sdk.UserId(user));
    await this.#machine.updateTrackedUsers(users());
    await this.#sendAll((await this.#machine.outgoingRequests()) as KeyRequest[]);
    const claim = await this.#machine.getMissingSessions(users());
    if (claim) await this.#sendAll([claim]);
    const room = () => new sdk.RoomId(roomId);
    const shares = await this.#machine.shareRoomKey(room(), users(), new sdk.EncryptionSettings());
    if (this.shares) await this.#sendAll(shares);
    else this.#withheld.push(...shares);
    const { 'm.relates_to': relation, ...inside } = content;
    const sealed = JSON.parse(await this.#machine.encryptRoomEvent(room(), type, JSON.stringify(inside)));
    return super.send(roomId, 'm.room.encrypted', {
      ...sealed,
      ...(relation ? { 'm.relates_to': relation } : {}),
    });
  }

  readonly #withheld: KeyRequest[] = [];

  /** The keys that were held back go out. */
  async shareLate(): Promise<void> {
    await this.#sendAll(this.#withheld.splice(0));
  }

  /** Everything in a room that this person can read, as it was written; the rest as the homeserver has it. */
  override async timeline(roomId: string): Promise<MatrixEvent[]> {
    await this.catchUp();
    const settings = () => new sdk.DecryptionSettings(sdk.TrustRequirement.Untrusted);
    const read = (await super.timeline(roomId)).map(async (event) => {
      if (event.type !== 'm.room.encrypted') return event;
      try {
        const room = new sdk.RoomId(roomId);
        const clear = await this.#machine.decryptRoomEvent(JSON.stringify(event), room, settings());
        const { type, content } = JSON.parse(clear.event);
        const relation = event.content['m.relates_to'];
        return { ...event, type, content: relation ? { ...content, 'm.relates_to': relation } : content };
      } catch {
        return event;
      }
    });
    return Promise.all(read);
  }

  /** What the homeserver has of a room. */
  raw(roomId: string): Promise<MatrixEvent[]> {
    return super.timeline(roomId);
  }

  /** Is the device of this account vouched for by its owner? */
  async isVouchedFor(userId: string): Promise<boolean> {
    const query = this.#machine.queryKeysForUsers([new sdk.UserId(userId)]);
    await this.#sendAll([query]);
    const devices = await this.#machine.getUserDevices(new sdk.UserId(userId));
    return devices.devices().every((device) => device.isCrossSignedByOwner());
  }

  /** Sends a file as clients do: encrypted, its key in the message. `forge`: the bytes are others than were sealed. */
  async sendFile(
    roomId: string,
    name: string,
    content: Uint8Array,
    caption: string,
    mentions: string[],
    { forge = false } = {},
  ): Promise<{ sent: string }> {
    const sealed = sdk.Attachment.encrypt(content);
    const bytes = sealed.encryptedData;
    if (forge) bytes[0] = (bytes[0] ?? 0) ^ 1;
    const url = await this.upload('', bytes);
    const file = { ...JSON.parse(sealed.mediaEncryptionInfo ?? '{}'), url };
    const info = { mimetype: 'text/plain', size: content.length };
    const more = { body: caption, filename: name, file, info, 'm.mentions': { user_ids: mentions } };
    return { sent: await this.send(roomId, 'm.room.message', { msgtype: 'm.file', ...more }) };
  }

  /** The content of a file in an encrypted message. */
  async openFile(event: MatrixEvent | undefined): Promise<Buffer> {
    const file = event?.content.file as { url: string };
    const [, , server, media] = file.url.split('/');
    const address = `${this.account.url}/_matrix/client/v1/media/download/${server}/${media}`;
    const headers = { authorization: `Bearer ${this.account.token}` };
    const bytes = new Uint8Array(await (await fetch(address, { headers })).arrayBuffer());
    const sealed = new sdk.EncryptedAttachment(bytes, JSON.stringify(file));
    return Buffer.from(sdk.Attachment.decrypt(sealed));
  }
}
