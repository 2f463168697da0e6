"""The MQTT broker amqtt: amqtt.py ADDRESS PORT"""

import asyncio
import sys

from amqtt.broker import Broker


async def main():
    broker = Broker(
        {
            "listeners": {"default": {"type": "tcp", "bind": ":".join(sys.argv[1:3])}},
            "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
        }
    )
    await broker.start()
    print("listening", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
