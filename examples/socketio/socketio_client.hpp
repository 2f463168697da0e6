#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <cppworker/locust.hpp>
#include <cppworker/websocket.hpp>

#include "socketio_packet.hpp"

struct SocketIoConnect {
  cppworker::Value auth = cppworker::Value::Map{};  ///< for the server's connect handlers
  std::vector<std::string> namespaces{"/"};
  cppworker::Headers headers{};
  std::string path = "/socket.io/";
  cppworker::Seconds wait_timeout{1};  ///< for each answer of a namespace
};

struct SocketIoCall {
  std::string name_space = "/";
  cppworker::Seconds timeout{60};
};

/// In the statistics, it has the name of python-socketio's exception.
class ConnectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A Socket.IO client (protocol 5, Engine.IO 4) over a WebSocket, with the rows and failures of
/// locust.contrib.socketio. Failures are rows and do not throw. For one user.
///
/// The data of an event is one Value; a Value::Bytes in it is sent as a binary attachment. Handlers
/// run on the event loop's stack when an event arrives: they must not wait.
class SocketIoClient {
 public:
  using Value = cppworker::Value;
  /// Its result is sent to a server that asks for an acknowledgement.
  using Handler = std::function<Value(const Value::List& arguments)>;

  SocketIoClient(cppworker::Environment& environment, cppworker::HttpSession& session)
      : environment_(environment), session_(session) {}
  SocketIoClient(const SocketIoClient&) = delete;
  SocketIoClient& operator=(const SocketIoClient&) = delete;

  /// Connects the WebSocket and the namespaces. Row: `WS connect`.
  bool connect(const SocketIoConnect& options = {}) {
    bool done = false;
    environment_.events.request.measure("WS", "connect", [&](cppworker::RequestMeta&) {
      open(options);
      done = true;
    });
    return done;
  }

  /// Sends an event. Row: `WSE event`. False: it was not sent.
  bool emit(std::string_view event, const Value& data = {}, std::string_view name_space = "/") {
    return emit(event, data, name_space, std::nullopt);
  }

  /// Sends the event "message". Rows: `WSE message` and, as in Locust always a success, `WSS name`.
  void send(const Value& data, std::string_view name = "Unnamed",
            std::string_view name_space = "/") {
    emit("message", data, name_space);
    fire("WSS", name, data, std::nullopt);
  }

  /// Sends an event and waits for its acknowledgement. Rows: `WSE event` and `WSC event`.
  /// @returns the acknowledged value, a list of several, or None, also after a failure
  Value call(std::string_view event, const Value& data = {}, const SocketIoCall& options = {}) {
    Value result;
    environment_.events.request.measure("WSC", event, [&](cppworker::RequestMeta& request) {
      const std::int64_t id = ++last_id_;
      const auto ack = acks_[id] = std::make_shared<Ack>();
      const bool answered =
          emit(event, data, options.name_space, id) && ack->arrived.wait(options.timeout);
      acks_.erase(id);
      if (!answered) {
        request.exception = "TimeoutError()";
      } else if (ack->values.size() == 1) {
        result = std::move(ack->values[0]);
      } else if (!ack->values.empty()) {
        result = std::move(ack->values);
      }
    });
    return result;
  }

  /// `handler` takes this event from now on. An event of the namespace "/" without a handler makes
  /// a row `WSR event`.
  void on(std::string event, Handler handler, std::string name_space = "/") {
    handlers_[{std::move(name_space), std::move(event)}] = std::move(handler);
  }

  /// Ends the connection. No row.
  void disconnect() {
    for (const std::string& name_space : std::exchange(namespaces_, {})) {
      write(Type::kDisconnect, name_space, std::nullopt, {});
    }
    if (!socket_.is_open()) return;
    socket_.send("1");
    socket_.close();
  }

  /// Whether events can be sent to this namespace. If the server has sent nothing for so long that
  /// a ping must be missing, the connection counts as lost.
  [[nodiscard]] bool connected(std::string_view name_space = "/") const {
    return socket_.is_open() && std::chrono::steady_clock::now() - heard_ < silence_max_ &&
           namespaces_.find(name_space) != namespaces_.end();
  }

 private:
  using Type = SocketIoPacket::Type;
  struct Ack {
    cppworker::Event arrived;
    Value::List values;
  };

  void open(const SocketIoConnect& options) {
    constexpr cppworker::Seconds kTimeout{5};
    if (connected()) throw ConnectionError("Already connected");
    namespaces_.clear();
    refused_.clear();
    reader_ = {};
    socket_ =
        session_.websocket(options.path + "?transport=websocket&EIO=4",
                           {.headers = options.headers, .timeout = kTimeout, .report = false});
    if (!socket_.is_open()) throw ConnectionError("Connection error");
    const cppworker::WebSocketMessage first = socket_.receive(kTimeout);
    if (!first) throw ConnectionError("Unexpected recv exception: " + first.error);
    if (!first.text.starts_with('0')) throw ConnectionError("no OPEN packet");
    const Value settings = cppworker::parse_json(first.text.substr(1));
    heard_ = std::chrono::steady_clock::now();
    silence_max_ = milliseconds(settings["pingInterval"]) + milliseconds(settings["pingTimeout"]);
    for (const std::string& name : options.namespaces) {
      write(Type::kConnect, name, {}, options.auth);
    }
    while (namespaces_.size() + refused_.size() < options.namespaces.size()) {
      const cppworker::WebSocketMessage message = socket_.receive(options.wait_timeout);
      if (!message) break;
      on_message(message);
    }
    if (namespaces_.size() < options.namespaces.size()) {
      disconnect();
      std::string reason = "Unexpected connection error";
      for (const std::string& name : refused_) {
        reason = &name == &refused_[0] ? "One or more namespaces failed to connect: " + name
                                       : reason + ", " + name;
      }
      throw ConnectionError(reason);
    }
    socket_.on_message([this](const cppworker::WebSocketMessage& message) { on_message(message); });
  }

  bool emit(std::string_view event, const Value& data, std::string_view name_space,
            std::optional<std::int64_t> id) {
    std::optional<std::string> failure;
    if (connected(name_space)) {
      Value::List arguments{event};
      if (!data.is_none()) arguments.push_back(data);
      write(Type::kEvent, name_space, id, arguments);
    } else {
      failure =
          "BadNamespaceError('" + std::string(name_space) + " is not a connected namespace.')";
    }
    fire("WSE", event, data, failure);
    return !failure;
  }

  void fire(std::string_view type, std::string_view name, const Value& data,
            const std::optional<std::string>& failure) const {
    environment_.events.request.fire({.request_type = type,
                                      .name = name,
                                      .response_length = length(data),
                                      .exception = failure});
  }

  /// Python's len(): characters, bytes, elements or members.
  static std::int64_t length(const Value& data) {
    if (const std::string* text = data.as_string()) {
      return std::count_if(text->begin(), text->end(), [](char c) { return (c & 0xC0) != 0x80; });
    }
    if (const Value::Bytes* bytes = data.as_bytes()) return std::ssize(bytes->data);
    if (const Value::List* list = data.as_list()) return std::ssize(*list);
    if (const Value::Map* map = data.as_map()) return std::ssize(*map);
    return 0;
  }

  void write(Type type, std::string_view name_space, std::optional<std::int64_t> id,
             const Value& data) {
    const SocketIoMessage message({type, std::string(name_space), id, data});
    socket_.send(message.text);
    for (const std::string& bytes : message.attachments) socket_.send(bytes, {.binary = true});
  }

  /// A time of the server, at most a day.
  static std::chrono::milliseconds milliseconds(const Value& number) {
    constexpr std::int64_t kDay = 86'400'000;
    return std::chrono::milliseconds(std::clamp<std::int64_t>(number.get<std::int64_t>(), 0, kDay));
  }

  void on_message(const cppworker::WebSocketMessage& message) {
    heard_ = std::chrono::steady_clock::now();
    std::optional<SocketIoPacket> packet;
    if (message.binary) {
      packet = reader_.attachment(message.text);
    } else if (message.text.starts_with('1')) {  // of Engine.IO: the server closes
      namespaces_.clear();
    } else if (message.text.starts_with('2')) {  // a ping
      socket_.send("3" + message.text.substr(1));
    } else if (message.text.starts_with('4')) {
      packet = reader_.text(std::string_view(message.text).substr(1));
    }
    if (packet) handle(std::move(*packet));
  }

  void handle(SocketIoPacket packet) {
    switch (packet.type) {
      case Type::kConnect:
        namespaces_.insert(packet.name_space);
        break;
      case Type::kDisconnect:
        namespaces_.erase(packet.name_space);
        if (namespaces_.empty()) socket_.send("1");  // of Engine.IO: the client closes
        break;
      case Type::kEvent:
        handle_event(packet);
        break;
      case Type::kAck:
        if (const auto waiting = acks_.find(packet.id.value_or(0)); waiting != acks_.end()) {
          waiting->second->values = packet.data.get<Value::List>();
          waiting->second->arrived.set();
        }
        break;
      case Type::kConnectError:
        refused_.push_back(packet.name_space);
        break;
    }
  }

  void handle_event(const SocketIoPacket& packet) {
    Value::List arguments = packet.data.get<Value::List>();
    const std::string event = arguments.at(0).get<std::string>();
    arguments.erase(arguments.begin());
    Value answer;
    if (const auto found = handlers_.find({packet.name_space, event}); found != handlers_.end()) {
      const Handler handler = found->second;  // a copy: it may replace itself
      answer = handler(arguments);
    } else if (packet.name_space == "/") {
      fire("WSR", event, arguments.empty() ? Value{} : arguments[0], std::nullopt);
    }
    if (!packet.id) return;
    write(Type::kAck, packet.name_space, packet.id,
          answer.is_none() ? Value::List{} : Value::List{std::move(answer)});
  }

  cppworker::Environment& environment_;
  cppworker::HttpSession& session_;
  std::map<std::pair<std::string, std::string>, Handler> handlers_;  // by namespace and event
  std::map<std::int64_t, std::shared_ptr<Ack>> acks_;
  std::int64_t last_id_ = 0;
  std::set<std::string, std::less<>> namespaces_;  // that are connected
  std::vector<std::string> refused_;               // namespaces
  SocketIoReader reader_;
  std::chrono::steady_clock::time_point heard_;
  std::chrono::milliseconds silence_max_{0};
  cppworker::WebSocket socket_;
};

/// locust.contrib.socketio.SocketIOUser.
class SocketIoUser : public cppworker::FastHttpUser {
 public:
  SocketIoClient& sio() { return sio_; }

 private:
  SocketIoClient sio_{environment(), client()};
};
