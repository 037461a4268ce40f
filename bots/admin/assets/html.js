import htm from 'htm';
import { h } from 'preact';

/** @typedef {(strings: TemplateStringsArray, ...values: unknown[]) => import('preact').VNode} Template */

/** Templates as the browser has them: no build step turns them into calls. */
export const html = /** @type {{ bind(create: typeof h): Template }} */ (/** @type {unknown} */ (htm)).bind(
  h,
);
