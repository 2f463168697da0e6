#include "loader/source_flags.hpp"

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "build_info.hpp"
#include "loader/compiler_command.hpp"
#include "loader/process.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::loader {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

class SourceFlagsTest : public testing::Test {
 protected:
  [[nodiscard]] SourceFlags flags_of(std::string_view text) const {
    return read_source_flags(folder.write("shop.cpp", text));
  }
  [[nodiscard]] std::string refusal(std::string_view text) const {
    return message_of<Error>([&] { (void)flags_of(text); });
  }
  [[nodiscard]] std::string in(std::string_view name) const { return (folder / name).native(); }

  TemporaryFolder folder;
};

TEST_F(SourceFlagsTest, SeveralLinesAddUpAndAreSortedByWhoNeedsThem) {
  const auto flags = flags_of(
      "// A shop.\n"
      "// cpp-worker: -lcrypto -O1 '-DNAME=a b'\n"
      "#include <cppworker/locust.hpp>\n"
      "  //cpp-worker:\t-Wl,--as-needed -lpq -D FAST\r\n"
      "const char* text = \"// cpp-worker: -lnot\";\n");
  EXPECT_THAT(flags.compile, ElementsAre("-O1", "-DNAME=a b", "-DFAST"));
  EXPECT_THAT(flags.link, ElementsAre("-lcrypto", "-Wl,--as-needed", "-lpq"));
}

TEST_F(SourceFlagsTest, PathsAreRelativeToTheLocustfile) {
  (void)folder.write("cart.o", "");
  (void)folder.write("config.hpp", "");
  const auto flags = flags_of(
      "// cpp-worker: -Iinclude -I ../common -isystem third -I/usr/include/pq -I=usr\n"
      "// cpp-worker: -include config.hpp -include vector\n"
      "// cpp-worker: -Llib cart.o -Wl,-rpath,lib -Wl,-rpath,'$ORIGIN'\n");
  const auto common = (folder.path().parent_path() / "common").native();
  EXPECT_THAT(flags.compile, ElementsAre("-I" + in("include"), "-I" + common,
                                         "-isystem" + in("third"), "-I/usr/include/pq", "-I=usr",
                                         "-include" + in("config.hpp"), "-includevector"));
  EXPECT_THAT(flags.link, ElementsAre("-L" + in("lib"), in("cart.o"), "-Wl,-rpath," + in("lib"),
                                      "-Wl,-rpath,$ORIGIN"));
}

TEST_F(SourceFlagsTest, OtherCommentsAreNotFlags) {
  const auto flags = flags_of("// cpp-worker -f shop.cpp\n// See cpp-worker: -lnot\n/* -lnot */\n");
  EXPECT_THAT(flags.compile, IsEmpty());
  EXPECT_THAT(flags.link, IsEmpty());
}

TEST_F(SourceFlagsTest, MistakesAreNamedWithFileAndLine) {
  const auto place = in("shop.cpp") + ":2: ";
  EXPECT_EQ(refusal("\n// cpp-worker: -DA='x\n"), place + "unterminated quote ' in:  -DA='x");
  EXPECT_EQ(refusal("\n// cpp-worker: -lpq -I\n"), place + "-I needs a value");
  EXPECT_EQ(refusal("\n// cpp-worker: lib/libpq.a\n"),
            place + "the file '" + in("lib/libpq.a") + "' does not exist");
  EXPECT_THAT(refusal("\n// cpp-worker: the fast one\n"),
              AllOf(HasSubstr(place), HasSubstr("'the' is neither a flag nor")));
  EXPECT_THAT(refusal("\n// cpp-worker: cart.cpp\n"), HasSubstr("#include it"));
  for (const std::string flag : {"-o", "-c", "-E", "-S", "-MD", "-xc"}) {
    EXPECT_THAT(refusal("\n// cpp-worker: " + flag + "\n"), HasSubstr(place + "remove " + flag));
  }
}

TEST_F(SourceFlagsTest, TheOptionsComeAfterTheLocustfileAndOverrideIt) {
  const CompileOptions options{.compiler = std::string(build_info::kCompiler),
                               .compile_flags = "-O3",
                               .link_flags = "-lz",
                               .cache_dir = {},
                               .include_dir = "/headers",
                               .library = {}};
  const auto command = compiler_command(options, flags_of("// cpp-worker: -O1 -lpq\n"));
  const auto tail = [](const std::vector<std::string>& words, std::ptrdiff_t count) {
    return std::vector(words.end() - count, words.end());
  };
  EXPECT_THAT(tail(command.compile, 3), ElementsAre("-I/headers", "-O1", "-O3"));
  EXPECT_THAT(tail(command.link, 2), ElementsAre("-lpq", "-lz"));
  EXPECT_EQ(message_of<Error>([&] {
              auto wrong = options;
              wrong.compile_flags = "-O1 -c";
              (void)compiler_command(wrong, {});
            }),
            "--cxxflags: remove -c. cpp-worker itself decides what the compiler writes");
}

TEST_F(SourceFlagsTest, AnEditorGetsFlagsThatBothCompilersAccept) {
  const CompileOptions options{.compiler = std::string(build_info::kCompiler),
                               .compile_flags = "-DCOUNT=3",
                               .link_flags = {},
                               .cache_dir = {},
                               .include_dir = build_info::kBuildIncludeDir,
                               .library = {}};
  const auto source = folder.write("shop.cpp",
                                   "// cpp-worker: -Icommon -lpq\n"
                                   "#include <cppworker/version.hpp>\n"
                                   "#include \"cart.hpp\"\n"
                                   "static_assert(cart == COUNT);\n");
  std::filesystem::create_directory(folder / "common");
  (void)folder.write("common/cart.hpp", "constexpr int cart = 3;\n");
  auto words = editor_flags(options, read_source_flags(source));
  EXPECT_THAT(words, IsSupersetOf(
                         std::vector<std::string>{"-std=c++20", "-DCOUNT=3", "-I" + in("common")}));
  EXPECT_THAT(words, Not(Contains("-fno-gnu-unique")));
  EXPECT_THAT(words, Each(Not(HasSubstr("-lpq"))));
  for (const char* name : {"g++", "clang++-14"}) {
    const auto program = find_program(name);
    if (!program) continue;  // one of them has compiled this test
    std::vector<std::string> command{program->native()};
    command.insert(command.end(), words.begin(), words.end());
    command.insert(command.end(), {"-fsyntax-only", source.native()});
    EXPECT_TRUE(run_program(command).ok()) << name;
  }
}

}  // namespace
}  // namespace cppworker::loader
