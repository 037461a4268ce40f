import {
  type AgentInputItem,
  type AgentOutputItem,
  type Model,
  type ModelRequest,
  type ModelResponse,
  type StreamEvent,
  Usage,
} from '@openai/agents';
import { summaryInstructions } from '../context/remember.ts';
import { type DemoCallDone, nextMove } from './demo-script.ts';

/** The SDK's two types for the same items differ in what they leave open. */
type OutputItems = Extract<StreamEvent, { type: 'response_done' }>['response']['output'];

const pieceChars = 24;
/** A long answer is not worth waiting for. */
const maxStreamMs = 800;
/** Of what stands for a summary. */
const maxCutChars = 8_000;

/** The model that answers when no other is set up: scripted, deterministic, without network. */
export function demoModel({ pieceMs }: { pieceMs: number }): Model {
  return {
    getResponse: async (request) => respond(request),
    getStreamedResponse: (request) => stream(respond(request), pieceMs),
  };
}

function respond(request: ModelRequest): ModelResponse {
  if (request.systemInstructions === summaryInstructions) return cutDown(request);
  const items = typeof request.input === 'string' ? [] : request.input;
  const asked = items.findLastIndex((item) => 'role' in item && item.role === 'user');
  const text = typeof request.input === 'string' ? request.input : textOf(items[asked]);
  const done = callsDone(items.slice(asked + 1));
  const move = nextMove(text, done);
  const output: AgentOutputItem[] =
    'answer' in move
      ? [message(move.answer)]
      : move.calls.map(({ name, args }, index) => ({
          type: 'function_call',
          callId: `demo_${done.length + index}`,
          name,
          arguments: JSON.stringify(args),
          status: 'completed',
        }));
  return { output, usage: new Usage(), responseId: `demo_${items.length}` };
}

/** What stands for a summary: the beginning of each line, so far as it goes. */
function cutDown({ input }: ModelRequest): ModelResponse {
  const [item] = typeof input === 'string' ? [] : input;
  const lines = unmarked(textOf(item))
    .split('\n')
    .filter((line) => line.trim() !== '');
  const text = lines
    .map((line) => line.slice(0, 60))
    .join('\n')
    .slice(-maxCutChars)
    .toWellFormed();
  const words = `(The demo model cannot summarise; these are the beginnings of what was said.)\n${text}`;
  return { output: [message(words)], usage: new Usage(), responseId: 'demo_summary' };
}

async function* stream(response: ModelResponse, pieceMs: number): AsyncGenerator<StreamEvent> {
  yield { type: 'response_started' };
  const pieces = response.output.flatMap((item) => (item.type === 'message' ? piecesOf(textOf(item)) : []));
  const pauseMs = Math.min(pieceMs, maxStreamMs / Math.max(1, pieces.length));
  for (const delta of pieces) {
    yield { type: 'output_text_delta', delta };
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  const { output, responseId = 'demo', usage } = response;
  const { inputTokens, outputTokens, totalTokens } = usage;
  yield {
    type: 'response_done',
    response: {
      id: responseId,
      output: output as OutputItems,
      usage: { inputTokens, outputTokens, totalTokens },
    },
  };
}

function piecesOf(text: string): string[] {
  return text.match(new RegExp(`[\\s\\S]{1,${pieceChars}}`, 'gu')) ?? [];
}

/** The words of a message, without the name that Deckhand puts before them when several people speak. */
function textOf(item: AgentInputItem | AgentOutputItem | undefined): string {
  if (!item || !('content' in item)) return '';
  const { content } = item;
  if (typeof content === 'string') return content.replace(/^\[[^\]\n]*\] /, '');
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => ('text' in part ? String(part.text) : '')).join('');
}

function callsDone(items: readonly AgentInputItem[]): DemoCallDone[] {
  const outputs = new Map<string, string>();
  for (const item of items) {
    if (item.type === 'function_call_result') outputs.set(item.callId, outputText(item.output));
  }
  return items.flatMap((item) => {
    if (item.type !== 'function_call') return [];
    const args = JSON.parse(item.arguments) as Record<string, unknown>;
    return [{ name: item.name, args, output: outputs.get(item.callId) ?? '' }];
  });
}

function outputText(output: unknown): string {
  if (typeof output === 'string') return unmarked(output);
  if (typeof output === 'object' && output !== null && 'text' in output) return unmarked(String(output.text));
  return JSON.stringify(output);
}

function message(text: string): AgentOutputItem {
  return {
    type: 'message',
    role: 'assistant',
    status: 'completed',
    content: [{ type: 'output_text', text }],
  };
}

/** Text without the fences that mark data. */
function unmarked(text: string): string {
  return text.replaceAll(/<(data-[0-9a-f]{10}) source="[^"\n]*">\n([\s\S]*?)\n<\/\1>/g, '$2');
}
