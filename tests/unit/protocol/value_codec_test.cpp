#include "protocol/value_codec.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "frames.hpp"

namespace cppworker::protocol {
namespace {

Value random_value(std::mt19937_64& random, int depth) {
  switch (random() % (depth > 0 ? 9 : 7)) {
    case 0:
      return nullptr;
    case 1:
      return random() % 2 == 0;
    case 2:
      return static_cast<std::int64_t>(random() >> (random() % 64));
    case 3:
      return -static_cast<std::int64_t>((random() >> 1U) >> (random() % 63));
    case 4:
      return static_cast<double>(random()) / 1e9;
    case 5:
      return std::string(random() % 300, static_cast<char>('a' + random() % 26));
    case 6:
      return Value::Bytes{std::string(random() % 300, '\xFF')};
    case 7: {
      Value::List list;
      for (std::uint64_t i = random() % 20; i > 0; --i) {
        list.push_back(random_value(random, depth - 1));
      }
      return list;
    }
    default: {
      Value::Map map;
      for (std::uint64_t i = random() % 20; i > 0; --i) {
        map.emplace_back(random_value(random, 0), random_value(random, depth - 1));
      }
      return map;
    }
  }
}

TEST(ValueCodec, GivesBackWhatItPacked) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 500; ++i) {
    const Value value = random_value(random, 4);
    EXPECT_EQ(unpack(pack(value)), value);
  }
}

TEST(ValueCodec, LeavesOutMembersThatWereOnlyLookedFor) {
  Value value = Value::Map{{"a", 1}};
  EXPECT_THROW((void)value["x"].get<int>(), KeyError);
  EXPECT_EQ(unpack(pack(value)), Value(Value::Map{{"a", 1}}));
}

TEST(ValueCodec, PacksWhatPythonPacks) {
  // values and what Python's msgpack.dumps makes of them
  const std::vector<std::pair<Value, std::string>> samples = {
      {nullptr, "c0"},
      {true, "c3"},
      {false, "c2"},
      {0, "00"},
      {127, "7f"},
      {128, "cc80"},
      {255, "ccff"},
      {256, "cd0100"},
      {65'535, "cdffff"},
      {65'536, "ce00010000"},
      {std::int64_t{4'294'967'295}, "ceffffffff"},
      {std::int64_t{4'294'967'296}, "cf0000000100000000"},
      {std::numeric_limits<std::int64_t>::max(), "cf7fffffffffffffff"},
      {std::numeric_limits<std::uint64_t>::max(), "cfffffffffffffffff"},
      {-1, "ff"},
      {-32, "e0"},
      {-33, "d0df"},
      {-128, "d080"},
      {-129, "d1ff7f"},
      {-32'768, "d18000"},
      {-32'769, "d2ffff7fff"},
      {std::int64_t{-2'147'483'648}, "d280000000"},
      {std::int64_t{-2'147'483'649}, "d3ffffffff7fffffff"},
      {1.5, "cb3ff8000000000000"},
      {0.0, "cb0000000000000000"},
      {"", "a0"},
      {std::string(31, 'x'), "bf" +
                                 [] {
                                   std::string s;
                                   for (int i = 0; i < 31; ++i) s += "78";
                                   return s;
                                 }()},
      {std::string(32, 'x'), "d920" +
                                 [] {
                                   std::string s;
                                   for (int i = 0; i < 32; ++i) s += "78";
                                   return s;
                                 }()},
      {"Straße", "a753747261c39f65"},
      {Value::Bytes{"ab"}, "c4026162"},
      {Value::List{}, "90"},
      {Value::List{1, "a"}, "9201a161"},
      {Value::Map{{1, 2}, {"a", nullptr}}, "820102a161c0"},
  };
  for (const auto& [value, hex] : samples) {
    EXPECT_EQ(pack(value), from_hex(hex)) << hex;
    EXPECT_EQ(unpack(from_hex(hex)), value) << hex;
  }
}

TEST(ValueCodec, PacksLongStringsAsPythonDoes) {
  EXPECT_EQ(pack(std::string(256, 'x')).substr(0, 3), from_hex("da0100"));
  EXPECT_EQ(pack(std::string(65'536, 'x')).substr(0, 5), from_hex("db00010000"));
  EXPECT_EQ(pack(Value::List(16, 1)).substr(0, 3), from_hex("dc0010"));
}

TEST(ValueCodec, ReadsWhatElseMsgpackHas) {
  EXPECT_EQ(unpack(from_hex("ca3fc00000")), Value(1.5));  // float32
  EXPECT_EQ(unpack(from_hex("d6ff00000001")), Value(Value::Bytes{std::string("\0\0\0\1", 4)}));
  EXPECT_EQ(unpack(from_hex("c70005")), Value(Value::Bytes{}));  // ext 8, empty
  EXPECT_EQ(unpack(from_hex("d900")), Value(""));                // str 8, empty
  EXPECT_EQ(unpack(from_hex("d3000000000000000f")), Value(15));  // a wide 15
}

TEST(ValueCodec, KeepsTextThatIsInvalidUtf8) {
  EXPECT_EQ(unpack(from_hex("a361ff62")), Value("a\xEF\xBF\xBD"
                                                "b"));
  EXPECT_EQ(pack(Value("a\xFF")), pack(Value("a\xEF\xBF\xBD")));
}

TEST(ValueCodec, SaysWhyBytesAreNoValue) {
  const auto error = [](const std::string& bytes) {
    const Result<Value> value = unpack_value(bytes);
    return value ? std::string("it is one") : value.error();
  };
  EXPECT_EQ(error(""), "truncated after 0 bytes");
  EXPECT_EQ(error(from_hex("9301")), "truncated after 2 bytes");
  EXPECT_EQ(error(from_hex("0102")), "1 bytes follow the message");
  EXPECT_NE(error(from_hex("c1")).find("is not msgpack"), std::string::npos) << error("\xC1");
  EXPECT_NE(error(std::string(100, '\x91')).find("nested"), std::string::npos);
  EXPECT_NE(error(from_hex("dd000fffff") + std::string(0xFFFFF, '\xC0')).find("values"),
            std::string::npos);
}

TEST(ValueCodec, ReservesNothingForWhatABombAnnounces) {
  std::string bomb;
  for (int i = 0; i < 60; ++i) {
    bomb += from_hex("ddffffffff");  // a list of four billion lists of four billion …
  }
  EXPECT_FALSE(unpack_value(bomb));
  EXPECT_FALSE(unpack_value(from_hex("dfffffffff")));    // map
  EXPECT_FALSE(unpack_value(from_hex("dbffffffff41")));  // str
  EXPECT_FALSE(unpack_value(from_hex("c9ffffffff01")));  // ext
}

TEST(Value, ReadsNumbersOfEitherKind) {
  double real = 0;
  EXPECT_TRUE(Value(3).to_double(real));
  EXPECT_EQ(real, 3.0);
  EXPECT_TRUE(Value(2.5).to_double(real));
  EXPECT_EQ(real, 2.5);
  EXPECT_TRUE(Value(std::uint64_t{1} << 63U).to_double(real));
  EXPECT_EQ(real, 9223372036854775808.0);
  EXPECT_FALSE(Value("3").to_double(real));
  EXPECT_FALSE(Value(true).to_double(real));

  std::int64_t integer = 7;
  EXPECT_TRUE(Value(std::uint64_t{5}).to_int64(integer));
  EXPECT_EQ(integer, 5);
  EXPECT_FALSE(Value(2.0).to_int64(integer));
  EXPECT_FALSE(Value(std::uint64_t{1} << 63U).to_int64(integer));
  EXPECT_EQ(integer, 5) << "left alone";
}

TEST(Value, FindsAMember) {
  const Value map = Value::Map{{1, "one"}, {"a", 2}};
  ASSERT_NE(map.find("a"), nullptr);
  EXPECT_EQ(*map.find("a"), Value(2));
  EXPECT_EQ(map.find("b"), nullptr);
  const Value number = 5;
  EXPECT_EQ(number.find("a"), nullptr);
}

}  // namespace
}  // namespace cppworker::protocol
