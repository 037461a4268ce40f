import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { messageOf } from '#core/errors.ts';
import { ServerFault } from './server-fault.ts';

const jsonRpcTimeout = -32001;
const jsonRpcClosed = -32000;

/** What an error of the SDK says, and whether the call may have been carried out. */
export function faultOf(error: unknown, timeoutMs: number): ServerFault {
  for (let one: unknown = error; one instanceof Error; one = one.cause)
    if (one instanceof ServerFault) return one;
  if (error instanceof z.core.$ZodError)
    return new ServerFault('what it answered is not what the protocol says', true, { cause: error });
  if (error instanceof StreamableHTTPError) return httpFault(error);
  if (error instanceof McpError) {
    if (error.code === jsonRpcTimeout)
      return new ServerFault(`it did not answer within ${timeoutMs / 1000} s`, true, { cause: error });
    if (error.code === jsonRpcClosed)
      return new ServerFault('it closed the connection', true, { cause: error });
    return new ServerFault(`it refused: ${error.message}`, false, { cause: error });
  }
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
  return new ServerFault(`${messageOf(error)}${cause}`, true, { cause: error });
}

function httpFault(error: StreamableHTTPError): ServerFault {
  const { code = 0, message } = error;
  const said = message.replace(/^Streamable HTTP error: /, '').replace(/^Error POSTing to endpoint: /, '');
  if (code === 401 || code === 403)
    return new ServerFault(
      `it refused the credential (${code}): it is missing, has expired or may not do this. Whoever owns it can replace it under Secrets. ${said}`,
      false,
      { cause: error, unauthorized: code === 401 },
    );
  return new ServerFault(code > 0 ? `it answered ${code}: ${said}` : said, code >= 500, {
    cause: error,
    forgotten: code === 404,
  });
}
