// The MQTT broker aedes: node broker.js ADDRESS PORT
const { Aedes } = require('aedes')
const { createServer } = require('net')

Aedes.createBroker().then((aedes) => {
  const [address, port] = process.argv.slice(2)
  createServer(aedes.handle).listen(Number(port), address, () => console.log('listening'))
})
