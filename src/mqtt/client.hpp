#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <cppworker/detail/wait_list.hpp>
#include <cppworker/mqtt_client.hpp>

#include "coro/scheduler.hpp"
#include "mqtt/decode.hpp"
#include "mqtt/endpoint.hpp"
#include "mqtt/in_flight.hpp"
#include "mqtt/owner.hpp"
#include "mqtt/rows.hpp"
#include "mqtt/stamp.hpp"
#include "mqtt/websocket_frames.hpp"
#include "net/connection.hpp"
#include "net/sink.hpp"

namespace cppworker::mqtt {

/// What an MqttClient does; its functions are described there. What arrives is handled on the
/// scheduler's own stack: acknowledgements record rows and resume the coroutines that wait for
/// them.
class Client final : private net::Sink {
 public:
  struct Config {
    MqttSettings settings{};  ///< its texts are complete
    MqttConnect options{};    ///< its texts are in the settings
    Endpoint endpoint{};
  };

  /// @param environment outlives the client
  Client(Environment& environment, std::unique_ptr<Owner> owner, Config config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connect();
  void disconnect(std::uint8_t reason);
  [[nodiscard]] bool is_connected() const { return connected_; }
  [[nodiscard]] const std::string& client_id() const { return config_->settings.client_id; }
  bool publish(std::string_view topic, std::string_view payload, const MqttPublish& options);
  bool subscribe(std::string_view filter, const MqttSubscribe& options);
  bool unsubscribe(std::string_view filter);
  MqttMessage receive(std::string_view filter, Seconds timeout);
  MqttMessage request(std::string_view topic, std::string_view payload, const MqttRequest& options);
  void keep(MqttMessage message);
  [[nodiscard]] std::size_t in_flight() const { return in_flight_.awaited_publishes(); }
  bool drain(Seconds timeout);

 private:
  /// One attempt to connect, by the user's coroutine or by one in the background.
  struct Attempt {
    Client* client = nullptr;               ///< null: the client has been destroyed
    coro::Coroutine* background = nullptr;  ///< not null: a coroutine of its own runs it
    coro::Coroutine* waiter = nullptr;      ///< waits for CONNACK
    coro::TimePoint start{};
    bool has_begun = false;  ///< CONNECT could be made
    bool decided = false;
    bool succeeded = false;
  };
  using AttemptPtr = std::shared_ptr<Attempt>;

  struct Subscription {
    std::string filter;
    std::string name;
    MqttSubscribe options;                 // without its name
    std::unique_ptr<SequenceCheck> check;  // null: the messages have no stamps
  };

  /// A coroutine in receive() or request(). On its stack.
  struct Receiver {
    coro::Coroutine* coroutine = nullptr;
    std::string_view filter{};       ///< of receive()
    std::string_view correlation{};  ///< of request(); "": receive()
    std::string_view name{};         ///< of the row of request()
    int qos = 0;
    coro::TimePoint start{};
    std::optional<MqttMessage> message{};
  };
  /// A message and the PUBLISH that was made of it.
  struct Publication {
    std::uint16_t id = 0;  // 0 with QoS 0
    const Outgoing& message;
    std::string_view packet;
    bool waits = true;
    coro::TimePoint start{};
    coro::TimePoint deadline{};
  };
  /// How the wait for a message has ended.
  enum class Wait : std::uint8_t { kArrived, kTimedOut, kImpossible };
  /// A Receiver gets messages as long as its Registration lives.
  class Registration {
   public:
    Registration(Client& client, Receiver& receiver);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    std::vector<Receiver*>& list_;
    Receiver& receiver_;
  };

  // What the connection does.
  void on_bytes(std::string_view bytes) override;
  void on_end(const net::Failure& failure) override;
  void on_timer();

  // Connecting.
  bool attempt_connection(const AttemptPtr& attempt);
  bool await_connack(const AttemptPtr& attempt, coro::TimePoint deadline);
  void connect_in_background();
  void connection_failed(Attempt& attempt, std::string_view failure);
  void cancel_attempt();
  void decide(Attempt& attempt, bool succeeded);
  void take_connack(const Frame& frame);
  void continue_session(bool session_present);
  void lose(std::string_view failure);
  void fail_in_flight(bool also_publishes, std::string_view failure);
  void close();
  void send_disconnect(std::uint8_t reason);
  void schedule_reconnect();
  [[nodiscard]] bool reconnects() const;

  // Packets.
  void take_messages(std::string_view bytes);
  void take_packets(std::string_view bytes);
  void take(const Frame& frame);
  void take_publish(const Frame& frame);
  void take_disconnect(const Frame& frame);
  void deliver(const Incoming& incoming);
  std::optional<Milliseconds> take_stamp(const Incoming& incoming, std::size_t& stamp_size);
  void deliver_answer(const MqttMessage& message);
  void take_ack(const Frame& frame);
  void take_subscription_ack(const Frame& frame);
  void complete(InFlight& entry, std::string_view failure);
  void expire(InFlight& entry);
  void finish(const InFlight& done, std::string_view failure);
  void send_ack(PacketType type, std::uint16_t id);

  // Sending.
  /// False: the connection can't be written to any more.
  bool send(std::string_view packet);
  /// Writes to the connection: over WebSocket, as one message.
  net::Failure write(std::string_view packets);
  /// Sends what was collected while packets were handled.
  void flush();
  /// Waits until a message may be sent. "": it may. Otherwise why not. Nothing: it can't wait.
  std::optional<std::string> make_room(int qos, coro::TimePoint deadline);
  bool send_without_ack(const Publication& publication, Rows::Row row);
  bool send_with_ack(const Publication& publication, const Rows::Row& row);
  /// @param row null: the operation has none
  bool await(Operation& operation, const Rows::Row* row);
  /// Records a failure. Returns false.
  bool refuse(Rows::Row row, std::string_view failure);
  void send_subscription(std::string_view filter, std::string_view name,
                         const MqttSubscribe& options, Operation* operation);
  Stamper& stamper();
  void arm(coro::TimePoint deadline);
  /// When the next PINGREQ is due: as in paho, also if only one side has been silent.
  [[nodiscard]] coro::TimePoint ping_due() const;
  std::string send_request(Receiver& receiver, std::string_view topic, std::string_view payload,
                           const MqttPublish& options);
  /// They look again whether the client is connected.
  void wake_receivers();
  Wait await_message(Receiver& receiver, Seconds timeout);
  [[nodiscard]] std::string answers_topic() const;

  [[nodiscard]] coro::TimePoint now() const { return shard_.scheduler.clock().now(); }
  [[nodiscard]] coro::Duration since(coro::TimePoint start) const { return now() - start; }

  detail::Shard& shard_;
  std::unique_ptr<Owner> owner_;
  Rows rows_;
  std::shared_ptr<const Config> config_;  // an attempt in the background may outlive the client
  std::unique_ptr<net::Connection> connection_;
  std::unique_ptr<WebSocketFrames> websocket_;  // null: MQTT over TCP; of the last connection
  FrameReader frames_;
  InFlightTable in_flight_;
  std::vector<std::uint16_t> unreleased_;  // QoS 2: received, but PUBREL has not come
  std::vector<Subscription> subscriptions_;
  std::vector<Receiver*> receivers_;
  std::unique_ptr<std::deque<MqttMessage>> inbox_;  // null: it was never used
  std::unique_ptr<Stamper> stamper_;                // null: it was never used
  detail::WaitList changes_;  // of the packets in flight and of the connection
  AttemptPtr attempt_;        // null: none is under way
  coro::Timer timer_;
  coro::TimePoint due_ = coro::TimePoint::max();  // of the timer
  coro::TimePoint last_sent_{};
  coro::TimePoint last_received_{};
  coro::TimePoint ping_deadline_ = coro::TimePoint::max();
  coro::TimePoint reconnect_at_ = coro::TimePoint::max();
  coro::Duration reconnect_delay_{};
  coro::Duration keepalive_{};
  std::uint64_t requests_ = 0;
  std::size_t unread_ = 0;                 // unsent bytes of acknowledgements, at most
  std::uint32_t packet_max_ = UINT32_MAX;  // of the broker
  std::uint16_t window_ = 0;
  std::uint8_t maximum_qos_ = 2;
  bool connected_ = false;
  bool handling_ = false;  // on_bytes() is running: packets are collected
  bool answers_subscribed_ = false;
  bool taken_by_owner_ = false;  // the author's on_message() has had a message
};

}  // namespace cppworker::mqtt
