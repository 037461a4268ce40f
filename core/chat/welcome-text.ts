/** What Deckhand says when it is met for the first time, or mentioned without a request; Markdown. */
export const welcomeText = `I work for you in a sandbox of this thread: mention me with a request, and answer in the thread to go on.
I reach nothing outside that sandbox without a yes of yours, and every answer says what left the room.
Try \`@deckhand what can you do here?\`, \`@deckhand count the lines of the attached file\`, or \`@deckhand help\`.`;
