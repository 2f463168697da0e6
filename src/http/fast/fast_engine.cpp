#include "http/fast/fast_engine.hpp"

#include <filesystem>
#include <new>

#include <cppworker/exception.hpp>

#include "user/shard.hpp"

namespace cppworker::http::fast {

/// What the shard owns.
struct FastEngine::Slot {
  explicit Slot(std::shared_ptr<FastEngine> engine_) : engine(std::move(engine_)) {}
  ~Slot() { engine->shut_down(); }
  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  const std::shared_ptr<FastEngine> engine;
};

FastEngine::FastEngine(coro::Scheduler& scheduler, NameResolver::Lookup lookup)
    : scheduler_(scheduler),
      receive_buffer_(new char[kBuffer]),
      resolver_(std::in_place, std::move(lookup)),
      names_([this](const std::string& host) { look_up_name(host); }),
      self_(std::make_shared<FastEngine*>(this)) {}

const std::shared_ptr<FastEngine>& FastEngine::of(detail::Shard& shard) {
  if (shard.fast_http_engine == nullptr) {
    return make_for(shard, look_up);
  }
  return std::static_pointer_cast<Slot>(shard.fast_http_engine)->engine;
}

const std::shared_ptr<FastEngine>& FastEngine::make_for(detail::Shard& shard,
                                                        NameResolver::Lookup lookup) {
  auto slot =
      std::make_shared<Slot>(std::make_shared<FastEngine>(shard.scheduler, std::move(lookup)));
  shard.fast_http_engine = slot;
  return slot->engine;
}

/// Everything that needs the scheduler ends here; sessions may live on for a while.
void FastEngine::shut_down() {
  self_.reset();
  resolver_.reset();
  shut_down_ = true;
}

void FastEngine::unwatch(int fd) {
  if (!shut_down_) {
    scheduler_.unwatch(fd);
  }
}

NameResult FastEngine::addresses(const std::string& host, coro::Coroutine& self) {
  if (const NameCache::Name* name = names_.find(host, scheduler_.turn_time())) {
    return {.addresses = name->addresses};
  }
  Waiting waiting{.coroutine = self};
  class Entry {
   public:
    Entry(FastEngine& engine, const std::string& host_, Waiting& waiting_)
        : engine_(engine),
          place_(engine.waiting_.emplace(host_, &waiting_)),
          waiting_self_(waiting_) {}
    ~Entry() {
      if (!waiting_self_.done) {
        engine_.waiting_.erase(place_);
      }
    }
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    FastEngine& engine_;
    decltype(waiting_)::iterator place_;
    Waiting& waiting_self_;
  };
  const Entry entry(*this, host, waiting);
  while (!waiting.done) {
    if (!coro::this_coroutine::suspend()) {
      break;
    }
  }
  return std::move(waiting.result);
}

void FastEngine::look_up_name(const std::string& host) {
  resolver_->resolve(host, [&scheduler = scheduler_, self = std::weak_ptr(self_)](
                               const std::string& found_host, NameResult result) {
    scheduler.post([self, found_host, result = std::move(result)]() mutable {
      if (const auto engine = self.lock()) {
        (*engine)->name_found(found_host, std::move(result));
      }
    });
  });
}

void FastEngine::name_found(const std::string& host, NameResult result) {
  const NameResult found = result;
  names_.finish(host, result, scheduler_.turn_time());
  const auto [first, last] = waiting_.equal_range(host);
  for (auto it = first; it != last; ++it) {
    it->second->result = found;
    it->second->done = true;
    it->second->coroutine.resume();
  }
  waiting_.erase(first, last);
}

SSL_CTX& FastEngine::tls_context(const Trust& trust) {
  auto& context = tls_contexts_[trust];
  if (context != nullptr) {
    return *context;
  }
  context.reset(SSL_CTX_new(TLS_client_method()));
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  SSL_CTX* const tls = context.get();
  SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);  // NOLINT: a cast in OpenSSL's macro
  // Idle connections give their buffers back; one read fetches a whole record.
  SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(tls, 1);
  // As Python's sockets: an end without close_notify is an end.
  SSL_CTX_set_options(tls, SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Sessions are kept by the users, not by the context.
  SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(tls, trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  if (trust.verify && trust.ca_path.empty()) {
    SSL_CTX_set_default_verify_paths(tls);
  } else if (trust.verify) {
    const char* const path = trust.ca_path.c_str();
    const bool loaded = std::filesystem::is_directory(trust.ca_path)
                            ? SSL_CTX_load_verify_dir(tls, path) == 1
                            : SSL_CTX_load_verify_file(tls, path) == 1;
    if (!loaded) {
      tls_contexts_.erase(trust);
      throw Error("The certificates in " + trust.ca_path + " can't be read.");
    }
  }
  return *tls;
}

}  // namespace cppworker::http::fast
