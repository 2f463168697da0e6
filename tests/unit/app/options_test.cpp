#include "app/options.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include <cppworker/exception.hpp>

#include "app/available_cpus.hpp"
#include "app/timespan.hpp"
#include "app/workers.hpp"
#include "support/temporary_folder.hpp"

namespace cppworker::app {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class OptionsTest : public testing::Test {
 protected:
  OptionsTest() {
    for (const char* name : {"CPPWORKER_LOCUSTFILE", "LOCUST_LOCUSTFILE", "LOCUST_MASTER_NODE_HOST",
                             "LOCUST_MASTER_NODE_PORT", "LOCUST_MODE_WORKER", "LOCUST_LOGLEVEL",
                             "LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP",
                             "LOCUST_USERS", "LOCUST_HEADLESS", "LOCUST_TAGS", "LOCUST_PROCESSES",
                             "CPPWORKER_CXXFLAGS", "CPPWORKER_LDFLAGS"}) {
      unsetenv(name);
    }
    setenv("HOME", folder.path().c_str(), 1);  // nobody's ~/.locust.conf
    fs::current_path(folder.path());           // nor locust.conf
  }
  ~OptionsTest() override { fs::current_path("/"); }

  void write(const char* file, const char* text) { std::ofstream(folder.path() / file) << text; }

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

  TemporaryFolder folder;
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
  EXPECT_EQ(parse({"--check-races"}).stack_size, 512U * 1024U) << "reports are written there";
  EXPECT_EQ(options.threads, 3U);
  EXPECT_EQ(options.loglevel, "DEBUG");
}

TEST_F(OptionsTest, OptionsOfTheMasterAreTakenAndNamedInOneSentence) {
  setenv("LOCUST_HEADLESS", "true", 1);
  const Options options = parse({"--worker", "-u", "5", "--host=http://x", "--tags", "read", "slow",
                                 "--csv-full-history", "--web-host=x"});
  EXPECT_THAT(
      options.ignored,
      ElementsAre(HasSubstr("Joining the master at 127.0.0.1:5557 as a worker: "),
                  "Ignored, because these options have no effect on a worker: --users, --headless, "
                  "--csv-full-history, --host, --tags, --web-host"));
  EXPECT_FALSE(options.standalone);
  EXPECT_THAT(options.rest, testing::IsEmpty());
}

TEST_F(OptionsTest, WhatNobodyHereKnowsIsLeftForTheLocustfile) {
  const Options options = parse({"--category", "books", "ShopUser", "--threads=2", "-x"});
  EXPECT_THAT(options.rest, ElementsAre("--category", "books", "ShopUser", "-x"));
  EXPECT_EQ(options.threads, 2U);
}

TEST_F(OptionsTest, FilesCountInLocustsOrder) {
  write(".locust.conf", "master-host = from-home\nmaster-port = 1\nloglevel = ERROR\n");
  write("locust.conf", "master-host = from-folder\nmaster-port = 2\n");
  write("pyproject.toml", "[tool.locust]\nmaster-host = \"from-toml\"\n");
  const Options options = parse({});
  EXPECT_EQ(options.master_host, "from-toml");
  EXPECT_EQ(options.master_port, 2);
  EXPECT_EQ(options.loglevel, "ERROR");
  write("own.conf", "master-host: from-config\n");
  EXPECT_EQ(parse({"--config", "own.conf"}).master_host, "from-config");
  setenv("LOCUST_MASTER_NODE_HOST", "from-env", 1);
  EXPECT_EQ(parse({"--config=own.conf"}).master_host, "from-env");
  EXPECT_EQ(parse({"--config=own.conf", "--master-host=from-line"}).master_host, "from-line");
}

TEST_F(OptionsTest, AFileOfAnExistingClusterDoesNoHarm) {
  write("locust.conf",
        "locustfile = locustfile.py\nheadless = true\nusers = 100\nautostart: false\n"
        "tags = [a, b]\ntheir-argument = 5\nreset-stats\n");
  const Options options = parse({"--worker"});
  EXPECT_TRUE(options.locustfiles.empty());
  EXPECT_TRUE(options.reset_stats);
  ASSERT_EQ(options.ignored.size(), 3U);
  EXPECT_THAT(options.ignored[0], HasSubstr("locustfile.py"));
  EXPECT_THAT(options.ignored[1], HasSubstr("Joining the master"));
  EXPECT_EQ(
      options.ignored[2],
      "Ignored, because these options have no effect on a worker: --users, --headless, --tags");
  ASSERT_EQ(options.rest_of_files.size(), 1U);
  EXPECT_EQ(options.rest_of_files[0].key, "their-argument");
}

TEST_F(OptionsTest, AMistakeInAFileNamesTheFile) {
  write("locust.conf", "master-port = seven\n");
  EXPECT_THAT(mistake({}), HasSubstr("locust.conf: "));
  EXPECT_THAT(mistake({"--config=none.conf"}), HasSubstr("none.conf"));
}

TEST_F(OptionsTest, APythonFileOnTheLineGivesWayToCppworkerLocustfile) {
  setenv("CPPWORKER_LOCUSTFILE", "shop.cpp", 1);
  const Options options = parse({"-f", "/mnt/locust/locustfile.py", "--worker"});
  EXPECT_THAT(options.locustfiles, ElementsAre("shop.cpp"));
  EXPECT_THAT(options.ignored, ElementsAre(HasSubstr("/mnt/locust/locustfile.py")));
  unsetenv("CPPWORKER_LOCUSTFILE");
  EXPECT_THAT(parse({"-f", "a.py"}).locustfiles, ElementsAre("a.py"));  // the loader says why not
}

TEST_F(OptionsTest, DebugUserTakesWhatTheMasterWouldDecide) {
  const Options options = parse({"--debug-user=ShopUser", "--iterations=3", "-H", "http://x", "-T",
                                 "a", "b", "--exclude-tags=c"});
  EXPECT_EQ(options.debug_user, "ShopUser");
  EXPECT_EQ(options.iterations, 3);
  EXPECT_EQ(options.host, "http://x");
  EXPECT_THAT(options.tags, ElementsAre("a", "b"));
  EXPECT_THAT(options.exclude_tags, ElementsAre("c"));
  EXPECT_TRUE(options.ignored.empty());
}

TEST_F(OptionsTest, WorkersOfOneProcess) {
  EXPECT_EQ(parse({}).workers, 1U);
  EXPECT_EQ(parse({"--workers=3"}).workers, 3U);
  EXPECT_EQ(parse({"--threads=5", "--workers", "auto"}).workers, 5U);
  EXPECT_EQ(parse({"--threads=5", "--processes", "-1"}).workers, 5U);
  EXPECT_THAT(mistake({"--workers=few"}), HasSubstr("'few'"));
  EXPECT_THAT(mistake({"--workers=0"}), HasSubstr("'0'"));
  EXPECT_THAT(mistake({"--workers=257"}), HasSubstr("1 to 256"));
}

TEST(Workers, ShareTheThreadsEvenly) {
  EXPECT_EQ(threads_of(0, 3, 8), 3U);
  EXPECT_EQ(threads_of(1, 3, 8), 3U);
  EXPECT_EQ(threads_of(2, 3, 8), 2U);
  EXPECT_EQ(threads_of(3, 4, 2), 1U);
}

TEST_F(OptionsTest, AWrongValueIsNamedWithItsOption) {
  EXPECT_NE(mistake({"--master-port=seven"}).find("--master-port"), std::string::npos);
  for (const char* host : {"10.0.0.5:5557", "tcp://10.0.0.5", "[::1]:5557"}) {
    EXPECT_THAT(
        mistake({(std::string("--master-host=") + host).c_str()}),
        testing::AllOf(HasSubstr("is not a host name or IP address"), HasSubstr("--master-port")));
  }
  for (const char* host : {"::1", "[::1]", "fe80::1%eth0", "master.example"}) {
    EXPECT_EQ(parse({"--master-host", host}).master_host, host);
  }
  EXPECT_NE(mistake({"--threads=0"}).find("--threads"), std::string::npos);
  EXPECT_NE(mistake({"--on-master-loss=panic"}).find("rejoin"), std::string::npos);
  EXPECT_NE(mistake({"--max-unattended=soon"}).find("3h30m10s"), std::string::npos);
  for (const char* size : {"1", "1GiB", "large", "-1"}) {
    EXPECT_THAT(mistake({(std::string("--stack-size=") + size).c_str()}),
                HasSubstr("is not a valid size (16KiB to 64MiB)"))
        << size;
  }
}

TEST_F(OptionsTest, AMissingValueIsNamedWithItsOption) {
  EXPECT_THAT(mistake({"--logfile"}), HasSubstr("argument --logfile: expected one argument"));
  EXPECT_THAT(mistake({"-t"}), HasSubstr("argument --run-time: expected one argument"));
  EXPECT_THAT(mistake({"--users", "ten"}),
              HasSubstr("--users: 'ten' is not a whole number from 0 to 1000000000"));
  EXPECT_THAT(mistake({"--fail-if", "-t", "5s"}),
              HasSubstr("argument --fail-if: expected one argument"));
  EXPECT_THAT(mistake({"--debug-user", "--host", "http://x"}),
              HasSubstr("argument --debug-user: expected one argument"));
  EXPECT_EQ(parse({"--cxxflags", "-f"}).cxxflags, "-f");
}

TEST_F(OptionsTest, IterationsAreForRunsWithoutAMaster) {
  EXPECT_EQ(parse({"--debug-user", "ShopUser", "--iterations", "3"}).iterations, 3);
  EXPECT_EQ(parse({"--headless", "-i", "3"}).iterations, 3);
  EXPECT_THAT(
      parse({"-i", "3"}).ignored,
      ElementsAre("Ignored, because these options have no effect on a worker: --iterations. Use "
                  "--headless for a run without a master"));
}

TEST_F(OptionsTest, TheTaskRatioUsesTheNumberOfUsers) {
  const Options options = parse({"--show-task-ratio", "-u", "3"});
  EXPECT_TRUE(options.show_task_ratio);
  EXPECT_EQ(options.users, 3);
  EXPECT_THAT(options.ignored, testing::IsEmpty());
  EXPECT_TRUE(parse({"--show-task-ratio-json", "--users=3"}).show_task_ratio_json);
}

TEST_F(OptionsTest, EqualWeightsAreAlsoForAWorker) {
  const Options options = parse({"--equal-weights"});
  EXPECT_TRUE(options.equal_weights);
  EXPECT_THAT(options.ignored, testing::IsEmpty());
}

TEST_F(OptionsTest, HeadlessRunsWithoutAMasterUnlessOneIsNamed) {
  EXPECT_FALSE(parse({}).standalone);
  EXPECT_TRUE(parse({"--headless"}).standalone);
  EXPECT_TRUE(parse({"--autostart"}).standalone);
  EXPECT_TRUE(parse({"--stages=1,1s"}).standalone);
  EXPECT_FALSE(parse({"--headless", "--worker"}).standalone);
  EXPECT_FALSE(parse({"--headless", "--master"}).standalone);
  EXPECT_FALSE(parse({"--headless", "--master-host=127.0.0.1"}).standalone);
  EXPECT_FALSE(parse({"--headless", "--headful"}).standalone) << "Locust's --headful overrides it";
  EXPECT_FALSE(parse({"--headless", "--debug-user=A"}).standalone);
  setenv("LOCUST_HEADLESS", "true", 1);
  EXPECT_TRUE(parse({}).standalone);
  setenv("LOCUST_MODE_WORKER", "false", 1);
  EXPECT_TRUE(parse({}).standalone);
  setenv("LOCUST_MODE_WORKER", "true", 1);
  EXPECT_FALSE(parse({}).standalone);
  unsetenv("LOCUST_MODE_WORKER");
  setenv("LOCUST_MASTER_NODE_HOST", "master", 1);
  EXPECT_FALSE(parse({}).standalone);
}

TEST_F(OptionsTest, WebStartsAMasterUnlessOneIsNamed) {
  EXPECT_FALSE(parse({}).web);
  const Options options = parse({"--web"});
  ASSERT_TRUE(options.web);
  EXPECT_FALSE(options.standalone);
  EXPECT_EQ(options.web->locust, "locust");
  EXPECT_EQ(options.web->port, 8089);
  EXPECT_EQ(options.web->bind_host, "127.0.0.1");
  EXPECT_THAT(options.web->master_options, testing::IsEmpty());
  EXPECT_THAT(options.ignored, testing::IsEmpty());
  const Options named = parse({"--web", "--master-host=127.0.0.1"});
  EXPECT_FALSE(named.web);
  EXPECT_THAT(named.ignored, testing::Contains(HasSubstr("precedence over --web")));
  EXPECT_FALSE(parse({"--web", "--worker"}).web);
  EXPECT_FALSE(parse({"--web", "--debug-user=A"}).web);
  EXPECT_TRUE(parse({"--web", "--autostart", "--stages=1,1s"}).web);
  EXPECT_FALSE(parse({"--web", "--autostart"}).standalone);
  EXPECT_THAT(parse({"--headless", "--locust=x"}).ignored, ElementsAre(HasSubstr(": --locust")));
}

TEST_F(OptionsTest, WebPassesLocustsOptionsOnToTheMaster) {
  setenv("LOCUST_TAGS", "read slow", 1);
  setenv("LOCUST_HEADLESS", "true", 1);
  write("locust.conf", "processes = 2\nrun-time = 1h30m\nautostart = true\nprint-stats = false\n");
  const Options options =
      parse({"--web", "-u", "5", "--host=http://x", "--web-port", "0", "--web-host=127.0.0.1",
             "--html=x.html", "--class-picker", "--config-users", "a.json", "--iterations=3"});
  ASSERT_TRUE(options.web);
  EXPECT_EQ(options.web->port, 0);
  EXPECT_EQ(options.web->host, "127.0.0.1");
  EXPECT_THAT(
      options.web->master_options,
      testing::UnorderedElementsAre("--users=5", "--host=http://x", "--run-time=5400", "--tags",
                                    "read", "slow", "--config-users", "a.json", "--autostart",
                                    "--web-host=127.0.0.1", "--html=x.html", "--class-picker",
                                    "--expect-workers=2", "--headful", "--processes=0"));
  EXPECT_EQ(options.workers, 2U);
  EXPECT_THAT(
      options.ignored,
      ElementsAre("--web has precedence over --headless",
                  "Ignored, because these options have no effect with --web: --iterations"));
  EXPECT_THAT(mistake({"--web", "--web-port=http"}), HasSubstr("--web-port: 'http' is not a port"));
  EXPECT_THAT(mistake({"--web", "--csv-full-history"}), HasSubstr("requires '--csv'"));
}

TEST_F(OptionsTest, OptionsOfARunWithoutAMaster) {
  setenv("LOCUST_USERS", "7", 1);
  write("locust.conf", "run-time = 1h30m\nexit-code-on-error = 3\n");
  const Options options =
      parse({"--headless", "-r", "2.5", "-s", "10", "--csv=out/x", "--csv-full-history",
             "--html=x.html", "--web-port=80", "--processes", "4", "--print-stats"});
  EXPECT_EQ(options.users, 7);
  EXPECT_EQ(options.spawn_rate, 2.5);
  EXPECT_EQ(options.run_time, seconds{5400});
  EXPECT_EQ(options.stop_timeout, seconds{10});
  EXPECT_EQ(options.exit_code_on_error, 3);
  EXPECT_EQ(options.html, "x.html");
  EXPECT_EQ(parse({"--headless"}).exit_code_on_error, 3) << "from locust.conf";
  EXPECT_EQ(options.csv, "out/x");
  EXPECT_EQ(options.workers, 1U);
  EXPECT_THAT(
      options.ignored,
      ElementsAre(HasSubstr("--threads sets the number of threads"),
                  "Ignored, because these options have no effect without a master: --web-port"));
  EXPECT_EQ(parse({"--headless", "-t", "0"}).run_time, std::nullopt) << "as in Locust";
  EXPECT_THAT(mistake({"--headless", "--csv-full-history"}),
              HasSubstr("'--csv-full-history' requires '--csv'."));
  EXPECT_THAT(mistake({"-t", "soon"}), HasSubstr("--run-time"));
  EXPECT_THAT(mistake({"-r", "0"}), HasSubstr("above 0"));
  EXPECT_THAT(mistake({"-r", "fast"}), HasSubstr("'fast'"));
  EXPECT_THAT(mistake({"-u", "many"}), HasSubstr("--users"));
}

TEST_F(OptionsTest, Thresholds) {
  const Options options = parse({"--headless", "--fail-if", "p95 > 200ms", "--fail-if=rps < 5",
                                 "--warm-up", "30s", "--junit=x.xml", "ShopUser"});
  ASSERT_EQ(options.thresholds.size(), 2U);
  EXPECT_EQ(options.thresholds[1].text, "rps < 5");
  EXPECT_EQ(options.warm_up, seconds{30});
  EXPECT_EQ(options.junit, "x.xml");
  EXPECT_THAT(options.rest, ElementsAre("ShopUser"));
  EXPECT_THAT(mistake({"--headless", "--fail-if", "p95 = 1"}), HasSubstr("\n  p95 = 1\n      ^"));
  EXPECT_THAT(parse({"--fail-if=p95 > 1s"}).ignored,
              ElementsAre(StartsWith(
                  "Ignored, because these options have no effect on a worker: --fail-if")));
  const Options printing = parse({"--print-locustfile", "--fail-if=p95 > 1s", "--warm-up=3s"});
  EXPECT_THAT(printing.ignored, testing::IsEmpty());
  EXPECT_EQ(printing.thresholds.size(), 1U);
}

TEST_F(OptionsTest, Phases) {
  EXPECT_FALSE(parse({}).phases);
  EXPECT_TRUE(parse({"--phases"}).phases);
  EXPECT_TRUE(parse({"--headless", "--phases", "ShopUser"}).phases);
}

TEST_F(OptionsTest, RunFilesAndReports) {
  const Options options =
      parse({"--headless", "--out", "run.cwr", "--report", "a.md", "--report=b.json", "ShopUser"});
  EXPECT_EQ(options.out, "run.cwr");
  EXPECT_THAT(options.reports, ElementsAre("a.md", "b.json"));
  EXPECT_THAT(options.rest, ElementsAre("ShopUser"));
  EXPECT_THAT(mistake({"--headless", "--report", "a.md"}),
              HasSubstr("'--report' requires '--out': the report is made from the run file."));
  EXPECT_THAT(mistake({"--headless", "--out", "run.cwr", "--report", "a.pdf"}),
              HasSubstr("Use a name that ends with .html, .json, .md or .har"));
  EXPECT_EQ(options.failure_samples, 3U);
  const Options samples = parse(
      {"--headless", "--out=run.cwr", "--failure-samples=0", "--mask-headers", "X-A,X-B", "U"});
  EXPECT_EQ(samples.failure_samples, 0U);
  EXPECT_THAT(samples.mask_headers, ElementsAre("X-A", "X-B"));
  EXPECT_THAT(samples.rest, ElementsAre("U"));
  const Options of_worker = parse({"--out", "run.cwr"});
  EXPECT_EQ(of_worker.out, "run.cwr");
  EXPECT_THAT(of_worker.ignored, testing::IsEmpty());
  const Options of_debugging = parse({"--out", "run.cwr", "--debug-user", "ShopUser"});
  EXPECT_EQ(of_debugging.out, "");
  EXPECT_THAT(of_debugging.ignored,
              ElementsAre("Ignored --out: a run with --debug-user is not recorded"));
}

TEST_F(OptionsTest, HelpIsWrappedAndNamesDefaultsAndVariables) {
  testing::internal::CaptureStdout();
  EXPECT_THROW((void)parse({"--help"}), EarlyExit);
  const std::string help = testing::internal::GetCapturedStdout();
  EXPECT_THAT(help,
              HasSubstr("\n  --master-port PORT            Port of the Locust master [default: "
                        "5557] [env:\n" +
                        std::string(32, ' ') + "LOCUST_MASTER_NODE_PORT]\n"));
  EXPECT_THAT(help, testing::Not(HasSubstr("-P,--web-port")));
  EXPECT_THAT(help, HasSubstr("Options of a run without a master"));
  std::stringstream lines(help);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 100U) << line;
}

TEST_F(OptionsTest, ReadsTheAdditionalWaitOfLocust) {
  setenv("LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP", "7", 1);
  EXPECT_EQ(parse({}).additional_wait_before_ready, seconds{7});
  setenv("LOCUST_WORKER_ADDITIONAL_WAIT_BEFORE_READY_AFTER_STOP", "soon", 1);
  EXPECT_THAT(mistake({}), HasSubstr("'soon'"));
}

TEST_F(OptionsTest, CompilerFlagsMayBeginWithADashAndComeFromAnySource) {
  write("locust.conf", "cxxflags = -Ifile -DA='x y'\nldflags = -lfile\n");
  EXPECT_EQ(parse({}).cxxflags, "-Ifile -DA='x y'");
  setenv("CPPWORKER_LDFLAGS", "-lvariable", 1);
  EXPECT_EQ(parse({}).ldflags, "-lvariable");
  EXPECT_EQ(parse({"--ldflags", "-lpq -Llib", "--cxxflags", "-O1"}).ldflags, "-lpq -Llib");
  EXPECT_EQ(parse({"--ldflags", "-lpq", "--cxxflags", "-O1"}).cxxflags, "-O1");
  EXPECT_EQ(parse({"--cxxflags=-O1"}).cxxflags, "-O1");
  unsetenv("CPPWORKER_LDFLAGS");
}

}  // namespace
}  // namespace cppworker::app
