import type { ChatPost } from './chat-adapter.ts';
import { type JsonServer, serveJson } from './json-server.ts';

/** A post as it stands at the chat double. */
export interface SeenPost {
  id: string;
  thread: string;
  kind: string;
  key: string;
  content: ChatPost;
  /** Its place among all posts. */
  place: number;
}

export interface ChatDouble extends JsonServer {
  /** Every post that was ever sent, in order. */
  readonly posts: readonly SeenPost[];
}

/**
 * The far side of a chat platform: keeps every post it is sent, also one whose key it has seen, so that a doubled post
 * shows. `onCard` is called whenever a card with an open question is shown.
 */
export async function openChatDouble(onCard: (post: SeenPost) => void): Promise<ChatDouble> {
  const posts: SeenPost[] = [];
  const server = await serveJson({
    '/send': (post: Pick<SeenPost, 'thread' | 'kind' | 'key' | 'content'>) => {
      const seen = { ...post, id: `post_${posts.length}`, place: posts.length };
      posts.push(seen);
      if (seen.content.asks) onCard(seen);
      return seen.id;
    },
    '/edit': ({ id, content }: Pick<SeenPost, 'id' | 'content'>) => {
      const post = posts.find((each) => each.id === id);
      if (!post) throw new Error(`no post ${id}`);
      post.content = content;
    },
    '/find': ({ thread, key }: Pick<SeenPost, 'thread' | 'key'>) =>
      posts.find((each) => each.thread === thread && each.key === key)?.id ?? null,
  });
  return { ...server, posts };
}
