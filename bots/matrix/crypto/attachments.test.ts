import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openFile, type SealedFile, sealedFile, sealFile } from './attachments.ts';
import { sdk } from './sdk.ts';

async function read(bytes: Uint8Array, file: SealedFile): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const halves = [bytes.subarray(0, 7), bytes.subarray(7)];
  const stream = (async function* () {
    yield* halves;
  })();
  for await (const chunk of openFile(stream, file, 'notes.txt')) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const content = Buffer.from('three words here, and some more of them');
const url = 'mxc://test/file';

test('what we seal Element’s SDK opens, and the other way round', async () => {
  await sdk.initAsync();
  const { bytes, file } = sealFile(content);
  const theirs = new sdk.EncryptedAttachment(bytes, JSON.stringify({ ...file, url }));
  assert.deepEqual(Buffer.from(sdk.Attachment.decrypt(theirs)), content);

  const sealed = sdk.Attachment.encrypt(content);
  const facts = sealedFile.parse({ ...JSON.parse(sealed.mediaEncryptionInfo ?? ''), url });
  assert.deepEqual(await read(sealed.encryptedData, facts), content);
});

test('a file that was changed on its way is not taken', async () => {
  const { bytes, file } = sealFile(content);
  bytes[3] = (bytes[3] ?? 0) ^ 1;
  await assert.rejects(read(bytes, { ...file, url } as SealedFile), { code: 'file.damaged' });
});
