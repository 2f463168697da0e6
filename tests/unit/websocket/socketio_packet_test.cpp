// The packets of examples/socketio.

#include "../examples/socketio/socketio_packet.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::websocket {
namespace {

std::string failure_of_text(SocketIoReader& reader, const std::string& text) {
  try {
    reader.text(text);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(SocketIoPacket, AttachmentsHaveALimit) {
  SocketIoReader reader;
  EXPECT_EQ(failure_of_text(reader, "51001-[\"x\"]"),
            "a packet with 1001 attachments; the limit is 1000");
  EXPECT_THROW(reader.attachment("bytes"), std::runtime_error) << "none is expected";
  EXPECT_EQ(failure_of_text(reader, "51000-[\"x\"]"), "");
  EXPECT_FALSE(reader.attachment("bytes"));
}

}  // namespace
}  // namespace cppworker::websocket
