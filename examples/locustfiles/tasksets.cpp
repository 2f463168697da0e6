#include <cppworker/locust.hpp>

using namespace cppworker;
using namespace std::chrono_literals;

class ForumUser : public HttpUser {
 public:
  static constexpr WaitTime wait_time = between(20ms, 60ms);

  void index() { client().get("/"); }

  // A user that enters the forum stays there until interrupt().
  struct Forum : TaskSet<ForumUser> {
    void on_start() override { client().get("/forum"); }

    struct Thread : TaskSet<Forum> {
      void read() { client().get("/forum/thread"); }
      void reply() { client().post("/forum/thread", {.data = "I agree"}); }
      void leave() { interrupt(); }

      static constexpr auto tasks() {
        return task_list(task<&Thread::read>({.weight = 3}), task<&Thread::reply>(),
                         task<&Thread::leave>());
      }
    };

    void search() { client().get("/forum/search"); }
    void leave() { interrupt(); }

    static constexpr auto tasks() {
      return task_list(task<Thread>({.weight = 3}), task<&Forum::search>({.tags = {"search"}}),
                       task<&Forum::leave>());
    }
  };

  static constexpr auto tasks() {
    return task_list(task<&ForumUser::index>(), task<Forum>({.weight = 2}));
  }
};

CPPWORKER_LOCUSTFILE(ForumUser)
