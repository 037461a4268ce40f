import { type JsonServer, serveJson } from '../json-server.ts';
import type { ChatPost } from './chat-adapter.ts';

/** A post as it stands at the chat double. */
export interface DoublePost {
  id: string;
  thread: string;
  kind: string;
  key: string;
  content: ChatPost;
}

export interface ChatDouble extends JsonServer {
  /** Every post that was ever sent, in order. */
  readonly posts: readonly DoublePost[];
  down: boolean;
  loseNext: boolean;
}

/** The far side of a chat platform: keeps every post it is sent, also one whose key it has seen, so that a doubled post shows. */
export async function openChatDouble(): Promise<ChatDouble> {
  const posts: DoublePost[] = [];
  const here = () => {
    if (double.down) throw new Error('the platform is down');
  };
  const server = await serveJson({
    '/send': (post: Omit<DoublePost, 'id'>) => {
      here();
      const id = `post_${posts.length}`;
      posts.push({ ...post, id });
      if (!double.loseNext) return id;
      double.loseNext = false;
      throw new Error('the answer is lost');
    },
    '/edit': ({ id, content }: Pick<DoublePost, 'id' | 'content'>) => {
      here();
      const post = posts.find((each) => each.id === id);
      if (!post) throw new Error(`no post ${id}`);
      post.content = content;
    },
    '/find': ({ thread, key }: Pick<DoublePost, 'thread' | 'key'>) => {
      here();
      return posts.find((each) => each.thread === thread && each.key === key)?.id ?? null;
    },
  });
  const double: ChatDouble = { ...server, posts, down: false, loseNext: false };
  return double;
}
