#include "app/options.hpp"

#include <cstdlib>
#include <initializer_list>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <cppworker/exception.hpp>

namespace cppworker::app {
namespace {

using std::chrono::seconds;

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    for (const char* name : {"CPPWORKER_LOCUSTFILE", "LOCUST_LOCUSTFILE", "LOCUST_MASTER_NODE_HOST",
                             "LOCUST_MASTER_NODE_PORT", "LOCUST_MODE_WORKER", "LOCUST_LOGLEVEL",
                             "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP"}) {
      unsetenv(name);
    }
  }

  Options parse(std::initializer_list<const char*> arguments) {
    std::vector<const char*> argv = {"cpp-worker"};
    argv.insert(argv.end(), arguments);
    return parse_options(static_cast<int>(argv.size()), argv.data(), false);
  }

  /// What is printed to stderr for a mistake, which must end with exit code 2.
  std::string mistake(std::initializer_list<const char*> arguments) {
    testing::internal::CaptureStderr();
    int code = -1;
    try {
      (void)parse(arguments);
    } catch (const EarlyExit& exit) {
      code = exit.code;
    }
    EXPECT_EQ(code, 2);
    return testing::internal::GetCapturedStderr();
  }
};

TEST(Timespan, TakesLocustsForms) {
  EXPECT_EQ(parse_timespan("20"), seconds{20});
  EXPECT_EQ(parse_timespan("20s"), seconds{20});
  EXPECT_EQ(parse_timespan("3m"), seconds{180});
  EXPECT_EQ(parse_timespan("1h20m"), seconds{4800});
  EXPECT_EQ(parse_timespan("3h30m10s"), seconds{12610});
}

TEST(Timespan, RefusesAnythingElseWithExamples) {
  for (const char* text : {"", "m", "20x", "1m1h", "-5", "1.5h"}) {
    try {
      (void)parse_timespan(text);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("3h30m10s"), std::string::npos);
    }
  }
}

TEST_F(OptionsTest, HasLocustsDefaults) {
  const Options options = parse({});
  EXPECT_EQ(options.master_host, "127.0.0.1");
  EXPECT_EQ(options.master_port, 5557);
  EXPECT_EQ(options.loglevel, "INFO");
  EXPECT_EQ(options.threads, available_cpus());
  EXPECT_TRUE(options.locustfiles.empty());
  EXPECT_EQ(options.on_master_loss, runner::OnMasterLoss::kRejoin);
  EXPECT_FALSE(options.connect_timeout.has_value());
}

TEST_F(OptionsTest, CommandLineBeatsEnvironment) {
  setenv("LOCUST_MASTER_NODE_HOST", "from-env", 1);
  setenv("LOCUST_MASTER_NODE_PORT", "6000", 1);
  const Options options = parse({"--master-host=from-line"});
  EXPECT_EQ(options.master_host, "from-line");
  EXPECT_EQ(options.master_port, 6000);
}

TEST_F(OptionsTest, TakesSeveralLocustfiles) {
  const Options options = parse({"-f", "a.cpp,b.cpp", "--locustfile", "c.so"});
  EXPECT_EQ(options.locustfiles, (std::vector<std::string>{"a.cpp", "b.cpp", "c.so"}));
}

TEST_F(OptionsTest, IgnoresAPythonFileOfTheEnvironmentWithOneSentence) {
  setenv("LOCUST_LOCUSTFILE", "locustfile.py", 1);
  const Options options = parse({"--worker"});
  EXPECT_TRUE(options.locustfiles.empty());
  ASSERT_EQ(options.ignored.size(), 1U);
  EXPECT_NE(options.ignored[0].find("locustfile.py"), std::string::npos);
}

TEST_F(OptionsTest, OwnEnvironmentVariableNamesTheLocustfile) {
  setenv("LOCUST_LOCUSTFILE", "locustfile.py", 1);
  setenv("CPPWORKER_LOCUSTFILE", "shop.cpp", 1);
  EXPECT_EQ(parse({}).locustfiles, std::vector<std::string>{"shop.cpp"});
}

TEST_F(OptionsTest, ReadsTimesSizesAndChoices) {
  const Options options =
      parse({"--on-master-loss=keep-running", "--max-unattended=1h", "--connect-timeout=2m",
             "--stack-size=128KiB", "--threads=2", "--threads=3", "-L", "debug"});
  EXPECT_EQ(options.on_master_loss, runner::OnMasterLoss::kKeepRunning);
  EXPECT_EQ(options.max_unattended, seconds{3600});
  EXPECT_EQ(options.connect_timeout, seconds{120});
  EXPECT_EQ(options.stack_size, 128U * 1024U);
  EXPECT_EQ(options.threads, 3U);
  EXPECT_EQ(options.loglevel, "DEBUG");
}

TEST_F(OptionsTest, AWrongOptionIsNamedTogetherWithTheLikelyOne) {
  const std::string text = mistake({"--master-hots=1.2.3.4"});
  EXPECT_NE(text.find("--master-hots"), std::string::npos);
  EXPECT_NE(text.find("Did you mean --master-host?"), std::string::npos);
  EXPECT_NE(text.find("--help"), std::string::npos);
}

TEST_F(OptionsTest, AnOptionOfTheMasterIsSentThere) {
  EXPECT_NE(mistake({"--host=http://x"}).find("locust --master"), std::string::npos);
  EXPECT_NE(mistake({"-u", "5"}).find("locust --master"), std::string::npos);
  EXPECT_NE(mistake({"ShopUser"}).find("chosen on the master"), std::string::npos);
}

TEST_F(OptionsTest, AWrongValueIsNamedWithItsOption) {
  EXPECT_NE(mistake({"--master-port=seven"}).find("--master-port"), std::string::npos);
  EXPECT_NE(mistake({"--threads=0"}).find("--threads"), std::string::npos);
  EXPECT_NE(mistake({"--on-master-loss=panic"}).find("rejoin"), std::string::npos);
  EXPECT_NE(mistake({"--max-unattended=soon"}).find("3h30m10s"), std::string::npos);
}

TEST_F(OptionsTest, ReadsTheAdditionalWaitOfLocust) {
  setenv("LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP", "7", 1);
  EXPECT_EQ(parse({}).additional_wait_before_ready, seconds{7});
  setenv("LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP", "soon", 1);
  EXPECT_THROW((void)parse({}), Error);
}

}  // namespace
}  // namespace cppworker::app
