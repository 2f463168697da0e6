#pragma once

#include <span>
#include <string_view>

namespace cppworker::fuzz {

/// What the library does with bytes that others control. Violated rules end the process.
struct Target {
  std::string_view name;  ///< also of its folder in corpus/
  void (*run)(std::string_view bytes);
};

[[nodiscard]] std::span<const Target> targets();

void master_message(std::string_view bytes);
void fast_response(std::string_view bytes);
void requests_response(std::string_view bytes);
void content_encodings(std::string_view bytes);
void server_events(std::string_view bytes);
void url(std::string_view bytes);
void set_cookie(std::string_view bytes);
void texts(std::string_view bytes);
void json(std::string_view bytes);
void mqtt_packets(std::string_view bytes);
void websocket_frames(std::string_view bytes);
void grpc_messages(std::string_view bytes);
void grpc_definitions(std::string_view bytes);
void grpc_reply(std::string_view bytes);
void run_file(std::string_view bytes);
void config_file(std::string_view bytes);
void csv(std::string_view bytes);

/// Ends the process if a rule does not hold.
void require(bool holds, const char* rule);

/// Bytes that end where their memory ends, so that AddressSanitizer notices a read behind them.
class Exact {
 public:
  explicit Exact(std::string_view bytes);
  ~Exact();
  Exact(const Exact&) = delete;
  Exact& operator=(const Exact&) = delete;
  [[nodiscard]] std::string_view view() const { return {data_, size_}; }

 private:
  char* data_;
  std::size_t size_;
};

}  // namespace cppworker::fuzz
