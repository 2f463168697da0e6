#include <cppworker/locust.hpp>

using namespace cppworker;

class ImportUser : public FastHttpUser {
 public:
  static constexpr int iterations = 100;
  void import_order() { client().post("/form", {.form = {{"order", "7"}}}); }
  static constexpr auto tasks() { return task_list(task<&ImportUser::import_order>()); }
};

/// In a TaskSet, with a wait time.
class ReadUser : public FastHttpUser {
 public:
  static constexpr int iterations = 30;
  static constexpr WaitTime wait_time = constant(10ms);
  struct Browse : TaskSet<ReadUser> {
    void page() {
      client().get("/page");
      interrupt();
    }
    static constexpr auto tasks() { return task_list(task<&Browse::page>()); }
  };
  static constexpr auto tasks() { return task_list(task<Browse>()); }
};

/// Has no limit of its own.
class OtherUser : public FastHttpUser {
 public:
  static constexpr WaitTime wait_time = constant(10ms);
  void other() { client().get("/steady"); }
  static constexpr auto tasks() { return task_list(task<&OtherUser::other>()); }
};

CPPWORKER_LOCUSTFILE(ImportUser, ReadUser, OtherUser)
