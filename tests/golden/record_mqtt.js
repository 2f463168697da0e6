// Writes mqtt_packets.json: packets as npm's mqtt-packet 9 makes them.
//
// usage: npm install mqtt-packet@9 && node record_mqtt.js > mqtt_packets.json
//
// "client": packets that our client sends. The test makes the packet with the same name and compares
// the bytes. "broker": packets that it receives. The test compares the decoded fields with those here.
const mqtt = require('mqtt-packet')

const hex = (packet, protocolVersion) => mqtt.generate(packet, { protocolVersion }).toString('hex')
const long = 'x'.repeat(300)

const client = {
  4: {
    connect: { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, clientId: 'device-1', keepalive: 60 },
    connect_full: {
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: false, clientId: 'device-1', keepalive: 30, username: 'ann', password: 'secret',
      will: { topic: 'dead/1', payload: 'gone', qos: 1, retain: true }
    },
    publish_0: { cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 0, retain: false, dup: false },
    publish_1: { cmd: 'publish', topic: 'a/b', payload: long, qos: 1, retain: true, dup: false, messageId: 300 },
    publish_2: { cmd: 'publish', topic: 'ü', payload: '', qos: 2, retain: false, dup: false, messageId: 65535 },
    publish_again: { cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 1, retain: false, dup: true, messageId: 7 },
    puback: { cmd: 'puback', messageId: 7 },
    pubrec: { cmd: 'pubrec', messageId: 7 },
    pubrel: { cmd: 'pubrel', messageId: 7 },
    pubcomp: { cmd: 'pubcomp', messageId: 7 },
    subscribe: { cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'cmd/#', qos: 1 }] },
    unsubscribe: { cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['cmd/#'] },
    pingreq: { cmd: 'pingreq' },
    disconnect: { cmd: 'disconnect' }
  },
  5: {
    connect: { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: true, clientId: 'device-1', keepalive: 60, properties: { maximumPacketSize: 16777216 } },
    connect_full: {
      cmd: 'connect', protocolId: 'MQTT', protocolVersion: 5, clean: false, clientId: 'device-1', keepalive: 30, username: 'ann', password: 'secret',
      properties: { sessionExpiryInterval: 3600, receiveMaximum: 20, maximumPacketSize: 1000, userProperties: { site: 'A' } },
      will: {
        topic: 'dead/1', payload: 'gone', qos: 2, retain: false,
        properties: { willDelayInterval: 5, payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: 'text/plain' }
      }
    },
    publish_0: { cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 0, retain: false, dup: false },
    publish_properties: {
      cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 1, retain: false, dup: false, messageId: 7,
      properties: {
        payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: 'text/plain', responseTopic: 'answers', correlationData: Buffer.from([0, 1, 2]),
        userProperties: { a: 'b' }
      }
    },
    puback: { cmd: 'puback', messageId: 7 },
    subscribe: { cmd: 'subscribe', messageId: 7, subscriptions: [{ topic: 'cmd/#', qos: 2, nl: true, rap: true, rh: 0 }] },
    unsubscribe: { cmd: 'unsubscribe', messageId: 7, unsubscriptions: ['cmd/#'] },
    disconnect: { cmd: 'disconnect' },
    disconnect_with_will: { cmd: 'disconnect', reasonCode: 4 }
  }
}

const broker = {
  4: {
    connack: [{ cmd: 'connack', returnCode: 0, sessionPresent: false }, { session_present: false, reason: 0 }],
    connack_session: [{ cmd: 'connack', returnCode: 0, sessionPresent: true }, { session_present: true, reason: 0 }],
    connack_refused: [{ cmd: 'connack', returnCode: 5, sessionPresent: false }, { session_present: false, reason: 5 }],
    publish_0: [
      { cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 0, retain: true, dup: false },
      { topic: 'a/b', payload: 'hello', qos: 0, retain: true, duplicate: false, id: 0 }
    ],
    publish_1: [
      { cmd: 'publish', topic: 'ü', payload: long, qos: 1, retain: false, dup: true, messageId: 300 },
      { topic: 'ü', payload: long, qos: 1, retain: false, duplicate: true, id: 300 }
    ],
    publish_2: [
      { cmd: 'publish', topic: 'a/b', payload: '', qos: 2, retain: false, dup: false, messageId: 1 },
      { topic: 'a/b', payload: '', qos: 2, retain: false, duplicate: false, id: 1 }
    ],
    puback: [{ cmd: 'puback', messageId: 7 }, { id: 7, reason: 0 }],
    pubrec: [{ cmd: 'pubrec', messageId: 7 }, { id: 7, reason: 0 }],
    pubrel: [{ cmd: 'pubrel', messageId: 7 }, { id: 7, reason: 0 }],
    pubcomp: [{ cmd: 'pubcomp', messageId: 65535 }, { id: 65535, reason: 0 }],
    suback: [{ cmd: 'suback', messageId: 7, granted: [1, 128] }, { id: 7, reasons: [1, 128] }],
    unsuback: [{ cmd: 'unsuback', messageId: 7 }, { id: 7, reasons: [] }],
    pingresp: [{ cmd: 'pingresp' }, {}]
  },
  5: {
    connack: [{ cmd: 'connack', reasonCode: 0, sessionPresent: false }, { session_present: false, reason: 0 }],
    connack_properties: [
      {
        cmd: 'connack', reasonCode: 0, sessionPresent: true,
        properties: {
          sessionExpiryInterval: 10, receiveMaximum: 5, maximumQoS: 1, retainAvailable: true, maximumPacketSize: 1000, assignedClientIdentifier: 'given',
          topicAliasMaximum: 10, reasonString: 'fine', userProperties: { a: ['b', 'c'] }, wildcardSubscriptionAvailable: true, subscriptionIdentifiersAvailable: true,
          sharedSubscriptionAvailable: false, serverKeepAlive: 12, responseInformation: 'r', serverReference: 's', authenticationMethod: 'm', authenticationData: Buffer.from([1])
        }
      },
      { session_present: true, reason: 0, receive_maximum: 5, maximum_qos: 1, maximum_packet_size: 1000, assigned_client_id: 'given', keepalive: 12 }
    ],
    connack_refused: [
      { cmd: 'connack', reasonCode: 135, sessionPresent: false, properties: { reasonString: 'no' } },
      { session_present: false, reason: 135 }
    ],
    publish_properties: [
      {
        cmd: 'publish', topic: 'a/b', payload: 'hello', qos: 1, retain: false, dup: false, messageId: 7,
        properties: {
          payloadFormatIndicator: true, messageExpiryInterval: 60, contentType: 'text/plain', responseTopic: 'answers', correlationData: Buffer.from('id'),
          userProperties: { a: 'b' }, subscriptionIdentifier: 300
        }
      },
      {
        topic: 'a/b', payload: 'hello', qos: 1, retain: false, duplicate: false, id: 7,
        properties: { payload_is_text: true, message_expiry: 60, content_type: 'text/plain', response_topic: 'answers', correlation_data: 'id', user: [['a', 'b']] }
      }
    ],
    puback: [{ cmd: 'puback', messageId: 7, reasonCode: 0 }, { id: 7, reason: 0 }],
    puback_refused: [
      { cmd: 'puback', messageId: 7, reasonCode: 135, properties: { reasonString: 'no', userProperties: { a: 'b' } } },
      { id: 7, reason: 135 }
    ],
    pubrec: [{ cmd: 'pubrec', messageId: 7, reasonCode: 16 }, { id: 7, reason: 16 }],
    pubrel: [{ cmd: 'pubrel', messageId: 7, reasonCode: 146 }, { id: 7, reason: 146 }],
    suback: [{ cmd: 'suback', messageId: 7, granted: [2, 135], properties: { reasonString: 'no' } }, { id: 7, reasons: [2, 135] }],
    unsuback: [{ cmd: 'unsuback', messageId: 7, granted: [0, 17] }, { id: 7, reasons: [0, 17] }],
    disconnect: [{ cmd: 'disconnect', reasonCode: 142, properties: { reasonString: 'another' } }, { reason: 142 }]
  }
}

const packets = []
for (const protocol of [4, 5]) {
  for (const [name, packet] of Object.entries(client[protocol])) {
    packets.push({ from: 'client', protocol, name, hex: hex(packet, protocol) })
  }
  for (const [name, [packet, fields]] of Object.entries(broker[protocol])) {
    packets.push({ from: 'broker', protocol, name, hex: hex(packet, protocol), fields })
  }
}
console.log(JSON.stringify(packets, null, 1))
