/** One of the SDK's packages calls what Node has given up, as it is loaded; people at a terminal cannot do anything about it. */
const { noDeprecation } = process;
process.noDeprecation = true;
const sdk = await import('matrix-bot-sdk');
process.noDeprecation = noDeprecation ?? false;

export const { LogService, MatrixClient, setRequestFn } = sdk;
export type MatrixSdk = InstanceType<typeof MatrixClient>;
