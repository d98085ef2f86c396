console.log("hello", process.argv.slice(2), process.cwd(), process.pid);
