import MarkdownIt from 'markdown-it';
import { h } from 'preact';

/**
 * Markdown as elements. The parser's tokens become virtual nodes, never a string of markup, so that no text of an
 * agent's can become a tag; `html: false` besides. Pictures are shown as links: an answer must not make the reader's
 * browser call somebody.
 */
const parser = new MarkdownIt({ html: false, linkify: true, breaks: true });

/** Tags that the parser may open. */
const tags = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote strong em s table thead tbody tr th td'.split(' '),
);

/** @typedef {import('preact').ComponentChildren} Children */
/** @typedef {ReturnType<typeof parser.parse>[number]} Token */

/** @param {{ text: string }} props */
export function Markdown({ text }) {
  return h('div', { class: 'prose' }, nest(parser.parse(text, {})));
}

/** Turns the flat list of tokens into a tree. @param {Token[]} tokens @returns {Children} */
function nest(tokens) {
  /** @type {{ tag: string, props: Record<string, unknown>, children: Children[] }[]} */
  const stack = [{ tag: '', props: {}, children: [] }];
  for (const token of tokens) {
    const top = stack[stack.length - 1];
    if (!top) break;
    if (token.nesting === 1) stack.push({ ...opened(token), children: [] });
    else if (token.nesting === 0) top.children.push(leaf(token));
    else {
      const closed = stack.pop();
      const parent = stack[stack.length - 1];
      if (!closed || !parent) break;
      parent.children.push(closed.tag ? h(closed.tag, closed.props, ...closed.children) : closed.children);
    }
  }
  return stack[0]?.children;
}

/** @param {Token} token */
function opened(token) {
  if (token.type === 'link_open') return { tag: 'a', props: link(String(token.attrGet('href') ?? '')) };
  if (token.hidden || !tags.has(token.tag)) return { tag: '', props: {} };
  const start = token.tag === 'ol' ? token.attrGet('start') : null;
  return { tag: token.tag, props: start ? { start } : {} };
}

/** @param {string} href */
function link(href) {
  const safe = /^(https?:\/\/|mailto:)/i.test(href);
  return safe ? { href, target: '_blank', rel: 'noopener noreferrer nofollow' } : {};
}

/** @param {Token} token @returns {Children} */
function leaf(token) {
  switch (token.type) {
    case 'inline':
      return nest(token.children ?? []);
    case 'text':
      return token.content;
    case 'softbreak':
    case 'hardbreak':
      return h('br', null);
    case 'code_inline':
      return h('code', null, token.content);
    case 'fence':
    case 'code_block':
      return h('pre', { tabIndex: 0 }, h('code', null, token.content));
    case 'hr':
      return h('hr', null);
    case 'image': {
      const src = String(token.attrGet('src') ?? '');
      return h('a', link(src), `🖼 ${token.content || src}`);
    }
    default:
      return token.content;
  }
}
