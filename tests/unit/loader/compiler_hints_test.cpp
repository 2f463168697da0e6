#include "loader/compiler_hints.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>

#include "build_info.hpp"
#include "loader/api_names.hpp"
#include "loader/compiler_errors.hpp"
#include "loader/file_text.hpp"
#include "loader/library_hints.hpp"
#include "loader/literal_sums.hpp"
#include "loader/name_hints.hpp"
#include "loader/option_hints.hpp"
#include "loader/source_text.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string no_check(const std::string& /*changed*/) { return {}; }

TEST(PlainText, HasNoColoursAndPlainQuotes) {
  EXPECT_EQ(plain_text("\x1b[01m\x1b[Kshop.cpp:1:\x1b[m\x1b[K \u2018x\u2019 ä"),
            "shop.cpp:1: 'x' ä");
  EXPECT_EQ(plain_text("cut off \x1b[01"), "cut off ");
}

constexpr std::string_view kTemplateError =
    "In file included from /lib/include/cppworker/locust.hpp:4:\n"
    "/lib/include/cppworker/task.hpp: In instantiation of 'struct X<ShopUser>':\n"
    "/lib/include/cppworker/user.hpp:71:59:   required from 'constexpr const auto k<ShopUser>'\n"
    "shop.cpp:17:1:   required from here\n"
    "/lib/include/cppworker/task.hpp:51:20: error: first\n"
    "   51 |   static_assert(false);\n"
    "      |                 ^~~~~\n"
    "/lib/include/cppworker/task.hpp:52:20: note: more\n"
    "shop.cpp:20:3: warning: unused\n"
    "shop.cpp:21:7: fatal error: second: with a colon\n";

bool is_shop(const std::string& file) { return file == "shop.cpp"; }

TEST(ParseErrors, FindsErrorsInOrderWithTheLinesAroundThem) {
  const auto errors = parse_errors(kTemplateError);
  ASSERT_EQ(errors.size(), 2U);
  EXPECT_EQ(errors[0].text, "first");
  EXPECT_EQ(errors[0].place.file, "/lib/include/cppworker/task.hpp");
  EXPECT_EQ(errors[0].place.line, 51U);
  EXPECT_EQ(errors[0].place.column, 20U);
  EXPECT_THAT(errors[0].before, Contains(HasSubstr("required from here")));
  EXPECT_THAT(errors[0].after, Contains(HasSubstr("static_assert(false)")));
  EXPECT_EQ(errors[1].text, "second: with a colon");
  EXPECT_THAT(errors[1].before, IsEmpty());
}

TEST(OwnPlace, IsWhereTheAuthorsCodeUsesAHeader) {
  const auto errors = parse_errors(kTemplateError);
  EXPECT_EQ(own_place(errors[0], is_shop).line, 17U);
  EXPECT_EQ(own_place(errors[1], is_shop).line, 21U);
}

TEST(OwnPlace, IsTheMacroIfTheErrorIsInItsText) {
  const auto errors = parse_errors(
      "/lib/locustfile.hpp:11:38: error: expected initializer\n"
      "shop.cpp:9:1: note: in expansion of macro 'CPPWORKER_LOCUSTFILE'\n");
  EXPECT_EQ(own_place(errors.at(0), is_shop).line, 9U);
}

TEST(SourceTexts, CodeHasNoCommentsAndTexts) {
  const SourceText source("a(\"{\\\"(\", '}'); // {\nb(R\"x(}\")x\"); /* {\n */ 1'000;");
  EXPECT_EQ(source.code(), "a(\"    \", ' ');     \nb(R\"      \");     \n    1'000;");
  EXPECT_EQ(source.line(2), "b(R\"x(}\")x\"); /* {");
}

TEST(SourceTexts, ColumnsCountCharactersAndTabs) {
  const SourceText source("\tx\nä = y\n");
  EXPECT_EQ(source.text()[source.offset(1, 9)], 'x');
  EXPECT_EQ(source.text()[source.offset(2, 5)], 'y');
  EXPECT_EQ(source.line_of(source.offset(2, 5)), 2U);
}

TEST(SourceTexts, PartsAreSeparatedByCommasOutsideOfBrackets) {
  const SourceText source("f(a, {b, c}, g(d, \"e,\") )");
  std::vector<std::string> parts;
  for (const auto& part : source.parts(1, source.closing(1))) {
    parts.emplace_back(source.part(part));
  }
  EXPECT_THAT(parts, ElementsAre("a", "{b, c}", "g(d, \"e,\")"));
}

TEST(SourceTexts, TheOpenBraceIsFoundByTheIndentation) {
  EXPECT_EQ(
      SourceText("class A {\n  void f() {\n    if (x) {\n    y();\n  }\n};\n").line_of_open_brace(),
      3U);
  EXPECT_EQ(SourceText("class A {\n  void f() {\n    y();\n  }\n};\n").line_of_open_brace(), 0U);
}

TEST(ApiNamesOfTheHeaders, AreTheMembersInTheirOrder) {
  const ApiNames api{std::filesystem::path(build_info::kBuildIncludeDir)};
  std::vector<std::string> names;
  for (const auto& member : api.members("TaskOptions")) names.push_back(member.name);
  EXPECT_THAT(names, ElementsAre("weight", "tags", "transitions"));
  EXPECT_THAT(api.members("NoSuchStruct"), IsEmpty());
  EXPECT_THAT(api.identifiers(), Contains("HttpUser"));
}

TEST(OptionHints, HaveAnExampleOfEachOption) {
  const ApiNames api{std::filesystem::path(build_info::kBuildIncludeDir)};
  for (const std::string_view type : {"RequestOptions", "TaskOptions"}) {
    ASSERT_THAT(api.members(type), Not(IsEmpty()));
    for (const auto& member : api.members(type)) {
      EXPECT_THAT(std::string(example_of_option(type, member.name)), HasSubstr("." + member.name))
          << "option_hints.cpp needs a row for it";
    }
  }
}

TEST(LibraryHints, NameThePackageAndTheFlag) {
  EXPECT_THAT(missing_header("hiredis/hiredis.h"), HasSubstr("libhiredis-dev"));
  EXPECT_THAT(missing_header("mine.hpp"), HasSubstr("-I"));
  EXPECT_THAT(missing_function("HMAC"), HasSubstr("// cpp-worker: -lcrypto"));
  EXPECT_THAT(missing_function("PQconnectdb"), HasSubstr("--ldflags=-lpq"));
  EXPECT_THAT(missing_function("pay(int)"), HasSubstr("-lNAME"));
  EXPECT_THAT(missing_library("hiredis"), HasSubstr("libhiredis-dev"));
}

class CompilerHint : public testing::Test {
 protected:
  [[nodiscard]] std::string hint(const std::string& source, const std::string& output) const {
    const auto file = folder.write("shop.cpp", source);
    std::string named;
    for (auto rest = std::string_view(output); !rest.empty();) {
      const auto at = rest.find("shop.cpp");
      named += rest.substr(0, at);
      if (at == std::string_view::npos) break;
      named += file.native();
      rest.remove_prefix(at + 8);
    }
    auto line = compiler_hint(named, file, build_info::kBuildIncludeDir, no_check);
    const auto at = line.find("shop.cpp");
    return at == std::string::npos ? line : line.substr(at);
  }

  TemporaryFolder folder;
};

TEST_F(CompilerHint, IsEmptyWithoutErrors) {
  EXPECT_EQ(hint("", ""), "");
  EXPECT_EQ(hint("", "shop.cpp:1:1: warning: unused\n"), "");
}

TEST_F(CompilerHint, OfAnUnknownErrorIsTheCompilersOwnText) {
  EXPECT_EQ(hint("x\ny\n", "shop.cpp:2:1: error: something new\nshop.cpp:1:1: error: more\n"),
            "shop.cpp:2: something new");
}

TEST_F(CompilerHint, IsOfTheFirstError) {
  EXPECT_EQ(hint("x = True;\ny = None;\n",
                 "shop.cpp:1:5: error: 'True' was not declared in this scope\n"
                 "shop.cpp:2:5: error: 'None' was not declared in this scope\n"),
            "shop.cpp:1: True: write true");
}

TEST_F(CompilerHint, KnowsTheWordsOfClang) {
  EXPECT_EQ(hint("x = True;\n", "shop.cpp:1:5: error: use of undeclared identifier 'True'\n"),
            "shop.cpp:1: True: write true");
  EXPECT_EQ(
      hint("client().gett();\n",
           "shop.cpp:1:10: error: no member named 'gett' in 'cppworker::HttpSession'; did you "
           "mean 'get'?\n"),
      "shop.cpp:1: HttpSession has no member gett: did you mean get?");
  EXPECT_THAT(hint("", "shop.cpp:1:10: fatal error: 'hiredis/hiredis.h' file not found\n"),
              HasSubstr("libhiredis-dev"));
}

TEST_F(CompilerHint, NamesTheLibraryOfAnUndefinedFunction) {
  EXPECT_EQ(
      hint(
          "",
          "/usr/bin/ld: /tmp/x.o: in function `sign':\nshop.cpp:12: undefined reference to `HMAC'\n"
          "collect2: error: ld returned 1 exit status\n"),
      "shop.cpp:12: HMAC is in a library that is not linked: write `// cpp-worker: -lcrypto` at "
      "the top of the file, or use --ldflags=-lcrypto or CPPWORKER_LDFLAGS=-lcrypto");
  EXPECT_THAT(hint("",
                   "shop.cpp:12: undefined reference to `cppworker::GrpcDynamic::reflect("
                   "cppworker::GrpcClient&)'\n"),
              HasSubstr("write `// cpp-worker: -lcppworker_grpc_dynamic`"));
  EXPECT_THAT(hint("", "/usr/bin/ld: cannot find -lcppworker_grpc_dynamic: No such file\n"),
              HasSubstr("apt-get install ./cpp-worker-grpc-dynamic_*.deb"));
}

TEST_F(CompilerHint, NamesTheHeaderOfAPublicName) {
  const std::string prelude = "#include <cppworker/locust.hpp>\nusing namespace cppworker;\n";
  EXPECT_EQ(hint(prelude + "class A : public MqttUser {\n};\n",
                 "shop.cpp:3:27: error: expected class-name before '{' token\n"),
            "shop.cpp:3: MqttUser: write #include <cppworker/mqtt_user.hpp>");
  EXPECT_EQ(hint("#include <cppworker/locust.hpp>\nclass A : public cppworker::GrpcUser {\n};\n",
                 "shop.cpp:2:38: error: expected class-name before '{' token\n"),
            "shop.cpp:2: GrpcUser: write #include <cppworker/grpc_user.hpp>");
  EXPECT_EQ(hint(prelude + "WebSocket socket;\n",
                 "shop.cpp:3:1: error: 'WebSocket' does not name a type\n"),
            "shop.cpp:3: WebSocket: write #include <cppworker/websocket.hpp>");
  EXPECT_EQ(hint(prelude + "ServerEvents events = sse(response);\n",
                 "shop.cpp:3:1: error: 'ServerEvents' was not declared in this scope\n"),
            "shop.cpp:3: ServerEvents: write #include <cppworker/server_events.hpp>");
  EXPECT_EQ(hint(prelude + "cppworker::GrpcDynamic all;\n",
                 "shop.cpp:3:12: error: 'GrpcDynamic' is not a member of 'cppworker'\n"),
            "shop.cpp:3: GrpcDynamic: write #include <cppworker/grpc_dynamic.hpp>");
  EXPECT_EQ(hint(prelude + "cppworker::MqttMessage last;\n",
                 "shop.cpp:3:12: error: 'MqttMessage' in namespace 'cppworker' does not name a "
                 "type\n"),
            "shop.cpp:3: MqttMessage: write #include <cppworker/mqtt_user.hpp>");
}

TEST_F(CompilerHint, DoesNotNameAHeaderThatIsIncluded) {
  EXPECT_THAT(hint("#include <cppworker/mqtt_user.hpp>\nclass A : public MqttUser {\n};\n",
                   "shop.cpp:2:27: error: expected class-name before '{' token\n"),
              HasSubstr("using namespace cppworker;"));
}

TEST(HeaderOfName, IsKnownForEachPublicClass) {
  const std::filesystem::path folder(build_info::kBuildIncludeDir);
  const ApiNames api{folder};
  const std::string common = file_text(folder / "cppworker/locust.hpp");
  const std::set<std::string> of_the_library{"GrpcParser",     "GrpcStreamBase", "GrpcStreamState",
                                             "GrpcValueReply", "GrpcVerdict",    "MqttSettings",
                                             "WebSocketTypes"};
  std::size_t count = 0;
  for (const auto& header : api.headers()) {
    if (common.find("<" + header + ">") != std::string::npos) continue;
    const SourceText source(file_text(folder / header));
    for (const auto& name : source.identifiers()) {
      const bool has_prefix = name.starts_with("Mqtt") || name.starts_with("Grpc") ||
                              name.starts_with("WebSocket") || name.starts_with("ServerEvent");
      if (!has_prefix || !source.body_of_class(name) || of_the_library.contains(name)) continue;
      ++count;
      EXPECT_THAT(header_of_name(name), HasSubstr("cppworker/")) << name << " in " << header;
    }
  }
  EXPECT_GT(count, 20U);
  EXPECT_EQ(header_of_name("HttpUser"), "");
}

TEST_F(CompilerHint, NamesTheSourceOfAProtobufClass) {
  const std::string source =
      "#include \"gen/shop.pb.h\"\nclass ShopUser : public User {\n  void pay();\n};\n";
  EXPECT_EQ(hint(source, "shop.cpp:7: undefined reference to `shop::Cart::Cart()'\n"),
            "shop.cpp:7: shop::Cart::Cart() is in gen/shop.pb.cc: #include \"gen/shop.pb.cc\" in "
            "one file, or name its object file on the flags line");
  EXPECT_THAT(hint(source, "shop.cpp:7: undefined reference to `vtable for shop::Cart'\n"),
              HasSubstr("shop::Cart is in gen/shop.pb.cc: #include"));
  EXPECT_THAT(hint("#include \"a.pb.h\"\n#include \"b.pb.h\"\n",
                   "shop.cpp:7: undefined reference to `Cart::Cart()'\n"),
              HasSubstr("Cart::Cart() is in a.pb.cc or b.pb.cc: #include \"a.pb.cc\" in one file"));
  EXPECT_THAT(hint(source, "shop.cpp:7: undefined reference to `ShopUser::pay()'\n"),
              HasSubstr("ShopUser::pay() is declared but has no definition"));
  EXPECT_THAT(hint(source, "shop.cpp:7: undefined reference to `sw::redis::Redis::ping()'\n"),
              HasSubstr("-lredis++"));
  EXPECT_THAT(
      hint(source, "shop.cpp:7: undefined reference to `google::protobuf::Message::Clear()'\n"),
      HasSubstr("-lprotobuf"));
}

TEST_F(CompilerHint, OfServerEventsOfATemporaryNamesTheVariable) {
  EXPECT_EQ(hint("for (const auto& event : sse(client().get(\"/\"))) {}\n",
                 "shop.cpp:1:29: error: use of deleted function 'cppworker::ServerEvents "
                 "cppworker::sse(const cppworker::Response&&, const "
                 "cppworker::ServerEventOptions&)'\n"),
            "shop.cpp:1: sse(): keep the response in a variable: const Response response = "
            "client().get(…); then sse(response)");
}

TEST_F(CompilerHint, SurvivesAnyOutput) {
  const std::string source = "client().get(\"/\", {.nme = ";
  for (const std::string_view text :
       {"cannot convert '<brace-enclosed initializer list>' to 'cppworker::RequestOptions'",
        "expected '}' before ':' token", "static assertion failed: x",
        "missing terminating \" character", "expected ')' before 'in'", "expected ';' before 'x'",
        "no match for call to '(X) ()'", "expected primary-expression before ';' token",
        "expected class-name before '{' token",
        "no match for 'operator+' (operand types are 'std::string' and 'int')",
        "expected '}' at end of input", "'' was not declared in this scope",
        "'x' does not name a type",
        "expected constructor, destructor, or type conversion at end of input",
        "cannot convert 'char' to 'std::string_view'", "invalid use of member function ''"}) {
    for (const std::string_view place : {"1:1", "1:25", "1:200", "7:3", "0:0"}) {
      EXPECT_THAT(
          hint(source, "shop.cpp:" + std::string(place) + ": error: " + std::string(text) + "\n"),
          HasSubstr("shop.cpp"));
      EXPECT_THAT(
          hint("", "shop.cpp:" + std::string(place) + ": error: " + std::string(text) + "\n"),
          HasSubstr("shop.cpp"));
    }
  }
}

TEST(LiteralSums, CostNothingWithoutANumber) {
  bool is_checked = false;
  const auto check = [&is_checked](const std::string&) {
    is_checked = true;
    return std::string{};
  };
  const SourceText source(
      "std::string id; get(\"/a/\" + id + \"/b\"); get(\"/\" + std::to_string(3));");
  EXPECT_FALSE(find_number_added_to_literal(source, check));
  EXPECT_FALSE(is_checked);
}

TEST(LiteralSums, AreDecidedByTheCompiler) {
  const SourceText source("int id = 3;\nget(\"/a/\" + id);");
  std::string checked;
  std::string output;
  const auto check = [&](const std::string& changed) {
    checked = changed;
    return output;
  };
  EXPECT_FALSE(find_number_added_to_literal(source, check)) << "another id is a text";
  EXPECT_THAT(checked, HasSubstr("get(std::string(\"/a/\") + id);"));
  output =
      "cppworker-sums:2:10: error: no match for 'operator+' (operand types are 'std::string' and "
      "'int')\n";
  const auto hint = find_number_added_to_literal(source, check);
  ASSERT_TRUE(hint);
  EXPECT_EQ(hint->line, 2U);
  EXPECT_EQ(hint->sentence,
            "\"/a/\" + id: a number is not added to a text in quotes: write \"/a/\" + "
            "std::to_string(id)");
}

}  // namespace
}  // namespace cppworker::loader
