#include "transport/node_id.hpp"

#include <regex>
#include <string>

#include <gtest/gtest.h>

namespace cppworker::transport {
namespace {

TEST(NodeId, IsHostnameUnderscoreUuid4) {
  EXPECT_TRUE(std::regex_match(make_node_id("worker-7.example"),
                               std::regex("worker-7\\.example_"
                                          "[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}")));
}

TEST(NodeId, IsAnotherOneEachTime) { EXPECT_NE(make_node_id(), make_node_id()); }

TEST(NodeId, IsPlainAsciiWhateverTheHostnameIs) {
  EXPECT_EQ(make_node_id("h\xff\x01 x").substr(0, 6), "h___x_");
}

TEST(NodeId, FitsAZeroMqIdentity) { EXPECT_LE(make_node_id(std::string(1000, 'h')).size(), 255U); }

}  // namespace
}  // namespace cppworker::transport
