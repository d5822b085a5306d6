/** The service on its own, for process managers: the same as `holdfast serve`. */
process.argv.splice(2, 0, 'serve');
await import('./cli.js');

export {};
