// One task for each case of gRPC's interoperability tests. The messages are bytes: no protobuf.
#include <iostream>
#include <string>
#include <string_view>

#include <cppworker/grpc_user.hpp>
#include <cppworker/locust.hpp>

using namespace cppworker;

struct Bytes {
  std::string bytes;
  bool AppendToString(std::string* out) const {
    out->append(bytes);
    return true;
  }
  bool ParseFromArray(const void* data, int size) {
    bytes.assign(static_cast<const char*>(data), static_cast<std::size_t>(size));
    return true;
  }
};

const std::string kService = "/test.TestService/";

class CaseUser : public GrpcUser {
 public:
  GrpcSettings grpc_settings() override {
    return {.connections = env("PER_SHARD", "0") == "1" ? GrpcConnections::kPerShard
                                                        : GrpcConnections::kPerUser,
            .tls = {.verify = Verify(std::string(env("CA", "")))},
            .max_receive_message_length = 8 << 20,
            .keepalive = {.time = Seconds{env("KEEPALIVE", 0.0)}, .timeout = 500ms}};
  }

  GrpcReply<Bytes> unary(const std::string& method, const std::string& request,
                         const GrpcOptions& options = {}) {
    return client().call<Bytes>(kService + method, Bytes{request}, options);
  }

  void empty_unary() { require(unary("EmptyCall", "")->bytes.empty(), "not empty"); }
  void large_unary() {
    const auto reply = unary("UnaryCall", "size=5000000\n" + std::string(7000000, 'y'));
    require(reply->bytes.size() == 5000000, "wrong size");
  }
  void client_streaming() {
    auto stream = client().stream<Bytes, Bytes>(kService + "StreamingInputCall");
    for (const std::size_t size : {27182UL, 8UL, 1828UL, 45904UL, 3000000UL}) {
      stream.write(Bytes{std::string(size, 'a')});
    }
    stream.writes_done();
    const auto sum = stream.read();
    require(stream.finish().ok() && sum && sum->bytes == "3074922", "wrong sum");
  }
  void server_streaming() {
    auto stream =
        client().stream<Bytes, Bytes>(kService + "StreamingOutputCall", {.row_per_message = true});
    stream.write(Bytes{"sizes=31415,9,2653,58979,2500000"});
    stream.writes_done();
    std::string sizes;
    while (const auto message = stream.read()) sizes += std::to_string(message->bytes.size()) + ",";
    if (stream.finish().ok()) {
      require(sizes == "31415,9,2653,58979,2500000,", "wrong sizes: " + sizes);
    }
  }
  void ping_pong() {
    auto stream =
        client().stream<Bytes, Bytes>(kService + "FullDuplexCall", {.row_per_message = true});
    for (const int size : {31415, 9, 2653, 58979}) {
      stream.write(Bytes{"size=" + std::to_string(size)});
      const auto message = stream.read(10s);
      require(message && message->bytes.size() == static_cast<std::size_t>(size), "wrong size");
    }
    require(stream.finish().ok(), "not OK");
  }
  void empty_stream() {
    auto stream = client().stream<Bytes, Bytes>(kService + "FullDuplexCall");
    stream.writes_done();
    require(!stream.read(), "a message");
    require(stream.finish().ok(), "not OK");
  }
  void cancel_after_first_response() {
    auto stream = client().stream<Bytes, Bytes>(kService + "FullDuplexCall");
    stream.write(Bytes{"size=31415"});
    require(stream.read(10s).has_value(), "no message");
    stream.cancel();
    stream.finish([](CatchGrpcStream& result) {
      if (result.code == GrpcCode::kCancelled) result.success();
    });
  }
  void timeout_on_sleeping_server() { unary("UnaryCall", "wait=3", {.timeout = 200ms}); }
  void status_code_and_message() { unary("UnaryCall", "code=2&text=test status message"); }
  void special_status_message() {
    unary("UnaryCall",
          "code=2&text=%09%0Atest%20with%20whitespace%0D%0Aand%20Unicode%20BMP%20%E2%98%BA%20and%"
          "20non-BMP%20%F0%9F%98%88%09%0A");
  }
  void not_found() { unary("UnaryCall", "code=5&text=no user 3", {.name = "/users/[id]"}); }
  void stream_status() {
    auto stream = client().stream<Bytes, Bytes>(kService + "FullDuplexCall");
    stream.write(Bytes{"code=2&text=test status message"});
    while (stream.read(10s)) {
    }
    stream.finish();
  }
  void unimplemented_method() { unary("NoSuchCall", ""); }
  void unimplemented_service() { client().call<Bytes>("/test.NoSuchService/Call", Bytes{}); }
  void custom_metadata() {
    const auto reply =
        unary("UnaryCall", "size=3",
              {.metadata = {{"x-echo-initial", "test_initial_metadata_value"},
                            {"x-echo-trailing-bin", std::string("\xab\x00\xab\xff", 4)}}});
    require(
        reply.initial_metadata == GrpcMetadata{{"x-echo-initial", "test_initial_metadata_value"}},
        "initial");
    require(reply.trailing_metadata ==
                GrpcMetadata{{"x-echo-trailing-bin", std::string("\xab\x00\xab\xff", 4)}},
            "trailing");
  }
  void judged() {
    client().call<Bytes>(kService + "UnaryCall", Bytes{"code=5&text=gone"}, {.name = "judged"},
                         [](CatchGrpc<Bytes>& reply) {
                           if (reply.code == GrpcCode::kNotFound) reply.success();
                         });
    client().call<Bytes>(kService + "UnaryCall", Bytes{"size=2"}, {.name = "judged"},
                         [](CatchGrpc<Bytes>& reply) { reply.failure("got " + reply->bytes); });
  }
  void compressed() {
    const auto reply = unary("UnaryCall", "gzip=1&size=500000\n" + std::string(300000, 'y'),
                             {.compression = true});
    require(reply->bytes == std::string(500000, 'x'), "wrong reply");
    auto stream = client().stream<Bytes, Bytes>(kService + "FullDuplexCall", {.compression = true});
    for (const std::size_t size : {100000UL, 0UL, 3UL}) {
      stream.write(Bytes{"gzip=1&size=" + std::to_string(size)});
      const auto message = stream.read(10s);
      require(message && message->bytes == std::string(size, 'x'), "wrong message");
    }
    require(stream.finish().ok(), "not OK");
  }
  void every_case() {
    empty_unary();
    large_unary();
    client_streaming();
    server_streaming();
    ping_pong();
    empty_stream();
    cancel_after_first_response();
    timeout_on_sleeping_server();
    status_code_and_message();
    special_status_message();
    not_found();
    stream_status();
    unimplemented_method();
    unimplemented_service();
    custom_metadata();
    compressed();
  }
  void too_large() { unary("UnaryCall", "size=9000000"); }

  /// Seconds between tasks.
  Seconds wait_time() { return Seconds{env("WAIT", 0.0)}; }

  static constexpr auto tasks() {
    return task_list(
        task<&CaseUser::empty_unary>({.tags = {"empty_unary"}}),
        task<&CaseUser::large_unary>({.tags = {"large_unary"}}),
        task<&CaseUser::client_streaming>({.tags = {"client_streaming"}}),
        task<&CaseUser::server_streaming>({.tags = {"server_streaming"}}),
        task<&CaseUser::ping_pong>({.tags = {"ping_pong"}}),
        task<&CaseUser::empty_stream>({.tags = {"empty_stream"}}),
        task<&CaseUser::cancel_after_first_response>({.tags = {"cancel_after_first_response"}}),
        task<&CaseUser::timeout_on_sleeping_server>({.tags = {"timeout_on_sleeping_server"}}),
        task<&CaseUser::status_code_and_message>({.tags = {"status_code_and_message"}}),
        task<&CaseUser::special_status_message>({.tags = {"special_status_message"}}),
        task<&CaseUser::not_found>({.tags = {"not_found"}}),
        task<&CaseUser::stream_status>({.tags = {"stream_status"}}),
        task<&CaseUser::unimplemented_method>({.tags = {"unimplemented_method"}}),
        task<&CaseUser::unimplemented_service>({.tags = {"unimplemented_service"}}),
        task<&CaseUser::custom_metadata>({.tags = {"custom_metadata"}}),
        task<&CaseUser::judged>({.tags = {"judged"}}),
        task<&CaseUser::compressed>({.tags = {"compressed"}}),
        task<&CaseUser::every_case>({.tags = {"every_case"}}),
        task<&CaseUser::too_large>({.tags = {"too_large"}}));
  }
};

CPPWORKER_LOCUSTFILE(CaseUser)
