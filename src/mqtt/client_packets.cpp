// What a client does with the packets that arrive.

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.hpp"
#include "mqtt/bytes.hpp"
#include "mqtt/client.hpp"
#include "mqtt/encode.hpp"
#include "mqtt/topic_filter.hpp"

namespace cppworker::mqtt {

namespace {

/// MQTT 5, 2.4: reason codes from here on are failures.
constexpr unsigned kFirstFailure = 0x80;

/// Bytes of acknowledgements that may wait for a broker that sends and does not read.
constexpr std::size_t kUnreadMax = std::size_t{16} << 20U;

std::string reason_failure(std::uint8_t reason) {
  return reason < kFirstFailure ? "" : failure_repr("MqttError", reason_text(reason));
}

std::string subscription_failure(std::string_view reasons) {
  std::string list;
  bool failed = false;
  for (const char reason : reasons) {
    const auto code = static_cast<unsigned char>(reason);
    failed = failed || code >= kFirstFailure;
    list += (list.empty() ? "" : ", ") + std::to_string(code);
  }
  return failed
             ? failure_repr("AssertionError",
                            "Broker returned an error response during subscription: [" + list + "]")
             : "";
}

[[noreturn]] void reject(const Frame& frame) {
  throw MalformedPacket(std::string(packet_name(frame.type)) +
                        ": a broker must not send this packet");
}

}  // namespace

void Client::on_bytes(std::string_view bytes) {
  std::string fault;
  last_received_ = shard_.scheduler.turn_time();
  handling_ = true;
  try {
    if (websocket_ == nullptr) {
      take_packets(bytes);
    } else {
      take_messages(bytes);
    }
  } catch (const MalformedPacket& error) {
    fault = error.what();
  }
  handling_ = false;
  flush();
  if (!fault.empty() && connection_ != nullptr) {
    lose(failure_repr("MqttError", fault));
  }
  if (unread_ > kUnreadMax && connection_ != nullptr) {
    lose(failure_repr("MqttError", "the broker does not read"));
  }
}

/// The messages of a WebSocket.
void Client::take_messages(std::string_view bytes) {
  using Kind = WebSocketFrames::Step::Kind;
  while (connection_ != nullptr) {
    const WebSocketFrames::Step step = websocket_->next(bytes);
    switch (step.kind) {
      case Kind::kNeedsMore:
        return;
      case Kind::kPayload:
        take_packets(step.bytes);
        break;
      case Kind::kPing:
        if (connection_->unsent() <= kUnreadMax) {
          static_cast<void>(connection_->write(step.bytes));
        }
        break;
      case Kind::kClose:
        static_cast<void>(connection_->write(step.bytes));
        on_end({.cause = net::Failure::Cause::kClosed});
        break;
    }
  }
}

void Client::take_packets(std::string_view bytes) {
  // "HTTP/1.1 …" looks like a PUBACK, which is not allowed before CONNACK.
  if (!connected_ && websocket_ == nullptr && !frames_.has_partial() && bytes.starts_with('H')) {
    throw MalformedPacket("the server answers with HTTP, not MQTT: use ws://");
  }
  frames_.feed(bytes, [this](const Frame& frame) {
    take(frame);
    return connection_ != nullptr;
  });
}

void Client::take(const Frame& frame) {
  if (frame.type == PacketType::kAuth) {
    throw MalformedPacket(
        "AUTH: the broker continues an authentication, but the client offers no method "
        "(MQTT 5, 4.12)");
  }
  if ((frame.type == PacketType::kConnack) == connected_ ||
      (frame.type == PacketType::kConnack && (attempt_ == nullptr || attempt_->decided))) {
    throw MalformedPacket(
        std::string(packet_name(frame.type)) +
        (connected_ ? ": the connection is established already" : ": a packet before CONNACK"));
  }
  switch (frame.type) {
    case PacketType::kConnack:
      take_connack(frame);
      break;
    case PacketType::kPublish:
      take_publish(frame);
      break;
    case PacketType::kPuback:
    case PacketType::kPubrec:
    case PacketType::kPubrel:
    case PacketType::kPubcomp:
      take_ack(frame);
      break;
    case PacketType::kSuback:
    case PacketType::kUnsuback:
      take_subscription_ack(frame);
      break;
    case PacketType::kPingresp:
      check_pingresp(frame);
      ping_deadline_ = coro::TimePoint::max();
      break;
    case PacketType::kDisconnect:
      take_disconnect(frame);
      break;
    default:
      reject(frame);
  }
}

void Client::take_disconnect(const Frame& frame) {
  if (config_->settings.protocol == MqttProtocol::kV311) {
    reject(frame);
  }
  const std::uint8_t reason = decode_disconnect(frame, config_->settings.protocol);
  lose(failure_repr("MqttError", reason == 0 ? "Normal disconnection" : reason_text(reason)));
}

void Client::send_ack(PacketType type, std::uint16_t id) {
  std::string packet;
  put_ack(packet, type, id);
  unread_ += packet.size();
  static_cast<void>(send(packet));
}

void Client::take_publish(const Frame& frame) {
  const Incoming incoming = decode_publish(frame, config_->settings.protocol);
  if (incoming.qos == 2) {
    if (std::find(unreleased_.begin(), unreleased_.end(), incoming.id) == unreleased_.end()) {
      unreleased_.push_back(incoming.id);
      deliver(incoming);
    }
    send_ack(PacketType::kPubrec, incoming.id);
    return;
  }
  deliver(incoming);
  if (incoming.qos == 1) {
    send_ack(PacketType::kPuback, incoming.id);
  }
}

/// Records the row of a message with a stamp. A retained message has none: its age is the time
/// since it was retained, and its counter has passed already.
std::optional<Milliseconds> Client::take_stamp(const Incoming& incoming, std::size_t& stamp_size) {
  const auto subscription =
      std::find_if(subscriptions_.begin(), subscriptions_.end(), [&](const Subscription& s) {
        return s.check != nullptr && topic_matches(s.filter, incoming.topic);
      });
  if (subscription == subscriptions_.end()) {
    return std::nullopt;
  }
  Rows::Row row{.kind = "receive",
                .qos = incoming.qos,
                .name = subscription->name,
                .size = static_cast<std::int64_t>(incoming.payload.size()),
                .client_id = client_id()};
  const auto stamp = read_stamp(subscription->options.stamp, {incoming.topic, incoming.qos},
                                incoming.payload, StampClock::now());
  const bool is_retained = incoming.retain && !subscription->options.retain_as_published;
  if (is_retained) {
    stamp_size = stamp ? stamp->size : 0;
    return stamp ? std::optional<Milliseconds>(stamp->age) : std::nullopt;
  }
  if (!stamp) {
    row.failure = "MqttError('the message has no stamp')";
    rows_.record(row);
    return std::nullopt;
  }
  stamp_size = stamp->size;
  row.response_time = std::chrono::duration_cast<coro::Duration>(stamp->age);
  std::string failure;
  if (!is_shared(subscription->filter)) {  // the others of the group get the missing messages
    failure = subscription->check->take(stamp->publisher, stamp->counter);
    if (!failure.empty()) {
      failure = failure_repr("MqttGap", failure);
    }
  }
  row.failure = failure;
  rows_.record(row);
  return stamp->age;
}

void Client::deliver(const Incoming& incoming) {
  std::size_t stamp_size = 0;
  // The memory of its texts is used again and again.
  static thread_local MqttMessage message;
  message.age = take_stamp(incoming, stamp_size);
  message.topic = incoming.topic;
  message.payload = incoming.payload.substr(stamp_size);
  message.qos = incoming.qos;
  message.retain = incoming.retain;
  message.duplicate = incoming.duplicate;
  if (incoming.properties.empty()) {
    message.properties = {};
  } else {
    decode_properties(incoming.properties, message.properties);
  }
  if (answers_subscribed_ && message.topic == answers_topic()) {
    deliver_answer(message);
    return;
  }
  const auto receiver = std::find_if(receivers_.begin(), receivers_.end(), [](const Receiver* r) {
    return r->correlation.empty() && !r->message && topic_matches(r->filter, message.topic);
  });
  if (receiver != receivers_.end()) {
    (*receiver)->message = message;
    (*receiver)->coroutine->resume();
    return;
  }
  taken_by_owner_ = true;
  owner_->take_message(message);
}

void Client::deliver_answer(const MqttMessage& message) {
  const auto found = std::find_if(receivers_.begin(), receivers_.end(), [&](const Receiver* r) {
    return !r->correlation.empty() && !r->message &&
           r->correlation == message.properties.correlation_data;
  });
  if (found == receivers_.end()) {
    return;  // too late: the row was a failure
  }
  Receiver& receiver = **found;
  rows_.record({.kind = "request",
                .qos = receiver.qos,
                .name = receiver.name,
                .response_time = since(receiver.start),
                .size = static_cast<std::int64_t>(message.payload.size()),
                .client_id = client_id()});
  receiver.message = message;
  receiver.coroutine->resume();
}

void Client::take_ack(const Frame& frame) {
  const Ack ack = decode_ack(frame, config_->settings.protocol);
  if (frame.type == PacketType::kPubrel) {
    std::erase(unreleased_, ack.id);
    send_ack(PacketType::kPubcomp, ack.id);
    return;
  }
  InFlight* const entry = in_flight_.find(ack.id);
  const bool awaits_it = entry != nullptr && packet_name(entry->awaits) == packet_name(frame.type);
  if (frame.type == PacketType::kPubrec) {
    if (awaits_it && ack.reason < kFirstFailure) {
      entry->awaits = InFlight::Awaits::kPubcomp;
    }
    if (ack.reason < kFirstFailure) {
      send_ack(PacketType::kPubrel, ack.id);
      return;
    }
  }
  if (awaits_it) {  // otherwise it is too late
    complete(*entry, reason_failure(ack.reason));
  }
}

void Client::take_subscription_ack(const Frame& frame) {
  const SubscriptionAck ack = decode_subscription_ack(frame, config_->settings.protocol);
  InFlight* const entry = in_flight_.find(ack.id);
  if (entry != nullptr && packet_name(entry->awaits) == packet_name(frame.type)) {
    complete(*entry, subscription_failure(ack.reasons));
  }
}

/// @param failure "": success
void Client::complete(InFlight& entry, std::string_view failure) {
  finish(in_flight_.take(entry), failure);
}

/// The acknowledgement has not come in time.
void Client::expire(InFlight& entry) {
  const std::string failure =
      failure_repr("MqttTimeout", fmt::format("no {} within {:g} s", packet_name(entry.awaits),
                                              Seconds(entry.deadline - entry.start).count()));
  if (entry.is_publish() && connected_) {
    // The broker may still have it: one message more would exceed its receive maximum.
    finish(in_flight_.abandon(entry), failure);
  } else {
    complete(entry, failure);
  }
}

void Client::finish(const InFlight& done, std::string_view failure) {
  const bool is_unsubscription = done.awaits == InFlight::Awaits::kUnsuback;
  if (!done.cut_off && !is_unsubscription) {
    rows_.record({.kind = done.is_publish() ? "publish" : "subscribe",
                  .qos = done.qos,
                  .name = done.row_name(),
                  .response_time = since(done.start),
                  .size = done.size,
                  .failure = failure,
                  .client_id = client_id()});
  }
  if (done.operation != nullptr) {
    done.operation->done = true;
    done.operation->succeeded = failure.empty();
    done.operation->coroutine->resume();
  }
  changes_.wake_all();
}

}  // namespace cppworker::mqtt
