// What the global setup hands to the test files. Types only.
import 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** URL of the server, or '' where the project's server is not installed. */
    readonly serverUrl: string;
  }
}
