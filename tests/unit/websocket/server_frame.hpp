#pragma once

#include <string>
#include <string_view>

#include "websocket/frame.hpp"

namespace cppworker::websocket {

/// A frame as a server sends it.
inline std::string server_frame(Opcode opcode, std::string_view payload) {
  std::string frame;
  append_frame(frame, {.opcode = opcode, .is_last = true}, payload, 0);
  frame[1] = static_cast<char>(frame[1] & 0x7F);  // not masked
  frame.erase(frame.size() - payload.size() - 4, 4);
  return frame;
}

}  // namespace cppworker::websocket
