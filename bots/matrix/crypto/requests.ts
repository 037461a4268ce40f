import type { Homeserver } from '../homeserver.ts';
import type { Machine } from './machine.ts';
import { sdk } from './sdk.ts';

/** What the machine wants sent to the homeserver. */
export interface KeyRequest {
  id?: string;
  type: number;
  body: string;
  event_type?: string;
  txn_id?: string;
}

type Keep = () => Promise<void>;
type Line = Pick<Homeserver, 'request'>;

const { RequestType } = sdk;
const base = '/_matrix/client/v3';

/** Client-server API, "End-to-End Encryption" and "Send-to-Device messaging"; null: nothing that concerns us. */
function addressOf({
  type,
  event_type: kind,
  txn_id: transaction,
}: KeyRequest): ['POST' | 'PUT', string] | null {
  switch (type) {
    case RequestType.KeysUpload:
      return ['POST', `${base}/keys/upload`];
    case RequestType.KeysQuery:
      return ['POST', `${base}/keys/query`];
    case RequestType.KeysClaim:
      return ['POST', `${base}/keys/claim`];
    case RequestType.SignatureUpload:
      return ['POST', `${base}/keys/signatures/upload`];
    case RequestType.ToDevice:
      return ['PUT', `${base}/sendToDevice/${kind}/${encodeURIComponent(transaction ?? '')}`];
    default:
      return null;
  }
}

export async function perform(line: Line, machine: Machine, request: KeyRequest): Promise<void> {
  const address = addressOf(request);
  const [method, path] = address ?? [];
  const answer = method && path ? await line.request(method, path, JSON.parse(request.body)) : {};
  if (request.id) await machine.markRequestAsSent(request.id, request.type, JSON.stringify(answer));
}

/** Sends what the machine has to send. What has changed is kept first: nothing may be sent twice in two ways. */
export async function drain(line: Line, machine: Machine, keep: Keep): Promise<void> {
  const requests = (await machine.outgoingRequests()) as KeyRequest[];
  if (requests.length === 0) return;
  await keep();
  for (const request of requests) await perform(line, machine, request);
}

/** Sees that the devices of `users` have the key of a room. */
export async function shareRoomKey(
  line: Line,
  machine: Machine,
  keep: Keep,
  {
    roomId,
    users,
    rotation,
  }: { roomId: string; users: string[]; rotation: { ms?: number; messages?: number } },
): Promise<void> {
  const ids = () => users.map((user) => new sdk.UserId(user));
  await machine.updateTrackedUsers(ids());
  await drain(line, machine, keep);
  const claim = await machine.getMissingSessions(ids());
  if (claim) {
    await keep();
    await perform(line, machine, claim);
  }
  const settings = new sdk.EncryptionSettings();
  settings.sharingStrategy = sdk.CollectStrategy.allDevices();
  // The room says milliseconds, the SDK takes microseconds.
  if (rotation.ms) settings.rotationPeriod = BigInt(rotation.ms) * 1000n;
  if (rotation.messages) settings.rotationPeriodMessages = BigInt(rotation.messages);
  const shares = await machine.shareRoomKey(new sdk.RoomId(roomId), ids(), settings);
  if (shares.length > 0) await keep();
  for (const share of shares) await perform(line, machine, share);
}

/**
 * Makes the account's own keys, with which it vouches for this device: some clients share nothing with devices for which
 * nobody does. Whatever stands there already is left alone.
 */
export async function vouchForDevice(
  line: Line,
  machine: Machine,
  keep: Keep,
  auth: (session: string | undefined) => object | null,
): Promise<boolean> {
  const { uploadKeysRequest, uploadSigningKeysRequest, uploadSignaturesRequest } =
    await machine.bootstrapCrossSigning(false);
  await keep();
  if (uploadKeysRequest) await perform(line, machine, uploadKeysRequest);
  const body = JSON.parse(uploadSigningKeysRequest.body) as object;
  const path = `${base}/keys/device_signing/upload`;
  try {
    await line.request('POST', path, body);
  } catch (error) {
    // A homeserver may want the password for it ("User-Interactive Authentication API").
    const session = (error as { cause?: { body?: { session?: string } } }).cause?.body?.session;
    const proof = auth(session);
    if (!proof) return false;
    await line.request('POST', path, { ...body, auth: proof });
  }
  await perform(line, machine, uploadSignaturesRequest);
  return true;
}
