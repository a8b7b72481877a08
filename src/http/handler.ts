/** What serves: a fetch handler, as every framework and runtime knows it. */

export type Handler = (request: Request) => Promise<Response>
