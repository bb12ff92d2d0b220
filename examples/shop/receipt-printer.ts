const [name, quantity] = process.argv.slice(2);
console.log(`${quantity} x ${name}, thank you`);
