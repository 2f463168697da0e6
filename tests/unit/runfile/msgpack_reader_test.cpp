#include "runfile/msgpack_reader.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

#include "protocol/packer.hpp"

namespace cppworker::runfile {
namespace {

using protocol::Packer;

TEST(MsgpackReader, ReadsIntegersOfAllSizes) {
  for (const std::int64_t limit : {0x7FL, 0xFFL, 0x7FFFL, 0xFFFFL, 0x7FFF'FFFFL, 0xFFFF'FFFFL,
                                   std::numeric_limits<std::int64_t>::max()}) {
    for (const std::int64_t number : {limit, limit - 1, -limit, -limit - 1}) {
      Packer packer;
      packer.integer(number);
      const std::string bytes = std::move(packer).take();
      MsgpackReader in(bytes);
      EXPECT_EQ(in.integer(), number);
      EXPECT_TRUE(in.at_end());
      EXPECT_EQ(MsgpackReader(bytes).real(), static_cast<double>(number));
    }
  }
  EXPECT_THROW((void)MsgpackReader("\xCF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF").integer(), Error);
}

/// A map with a value of each kind.
std::string packed_sample() {
  Packer packer;
  packer.map(5);
  packer.text("real");
  packer.real(0.25);
  packer.text("nothing");
  packer.nil();
  packer.text("bytes");
  packer.bytes(std::string(300, 'x'));
  packer.text(std::string(70'000, 'k'));
  packer.boolean(true);
  packer.text("lists");
  packer.array(20);
  for (int i = 0; i < 20; ++i) {
    packer.array(1);
    packer.map(1);
    packer.integer(i);
    packer.text("value");
  }
  return std::move(packer).take();
}

TEST(MsgpackReader, ReadsAndSkipsValues) {
  const std::string bytes = packed_sample();
  EXPECT_EQ(MsgpackReader(bytes).raw(), bytes);
  MsgpackReader in(bytes);
  EXPECT_EQ(in.map(), 5U);
  EXPECT_EQ(in.text(), "real");
  EXPECT_EQ(in.real(), 0.25);
  for (int i = 0; i < 3; ++i) {
    (void)in.text();
    (void)in.raw();
  }
  EXPECT_EQ(in.text(), "lists");
  EXPECT_EQ(in.array(), 20U);
  for (int i = 0; i < 20; ++i) (void)in.raw();
  EXPECT_TRUE(in.at_end());
}

TEST(MsgpackReader, OfIncompleteOrOtherValuesThrows) {
  const std::string bytes = packed_sample();
  for (std::size_t size = 0; size < bytes.size(); size += size < 400 ? 1 : 997) {
    EXPECT_THROW((void)MsgpackReader(bytes.substr(0, size)).raw(), Error) << size;
  }
  for (const char* text : {"\xC0", "\xA1x", "\x90"}) {
    EXPECT_THROW((void)MsgpackReader(text).integer(), Error);
    EXPECT_THROW((void)MsgpackReader(text).map(), Error);
  }
  EXPECT_THROW((void)MsgpackReader("\x01").text(), Error);
  EXPECT_THROW((void)MsgpackReader("\x01").array(), Error);
  EXPECT_THROW((void)MsgpackReader("\xC1").raw(), Error);
  EXPECT_THROW((void)MsgpackReader("\xDD\xFF\xFF\xFF\xFF").array(), Error) << "too long";
}

}  // namespace
}  // namespace cppworker::runfile
