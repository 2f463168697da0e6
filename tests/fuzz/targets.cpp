#include "fuzz/targets.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

namespace cppworker::fuzz {

std::span<const Target> targets() {
  static constexpr std::array kTargets{
      Target{"config_file", config_file},
      Target{"content_encodings", content_encodings},
      Target{"csv", csv},
      Target{"fast_response", fast_response},
#ifdef CPPWORKER_FUZZ_GRPC_DYNAMIC
      Target{"grpc_definitions", grpc_definitions},
      Target{"grpc_reply", grpc_reply},
#endif
      Target{"grpc_messages", grpc_messages},
      Target{"json", json},
      Target{"master_message", master_message},
      Target{"mqtt_packets", mqtt_packets},
      Target{"requests_response", requests_response},
      Target{"run_file", run_file},
      Target{"server_events", server_events},
      Target{"set_cookie", set_cookie},
      Target{"texts", texts},
      Target{"url", url},
      Target{"websocket_frames", websocket_frames},
  };
  return kTargets;
}

void require(bool holds, const char* rule) {
  if (holds) return;
  std::fprintf(stderr, "fuzz: this rule does not hold: %s\n", rule);
  std::abort();
}

Exact::Exact(std::string_view bytes) : data_(new char[bytes.size()]), size_(bytes.size()) {
  std::ranges::copy(bytes, data_);
}

Exact::~Exact() { delete[] data_; }

}  // namespace cppworker::fuzz
