/* Runs one model, once as the C core has it or broken in one of its ways, and says what relacy found.
 *
 *   relacy_check list                                      one line per model and way: <model>|<number>|<name>
 *   relacy_check MODEL NUMBER random ITERATIONS            random schedules and random staleness
 *   relacy_check MODEL NUMBER full 0                       every schedule
 *   relacy_check MODEL NUMBER bound SWITCHES               every schedule with so many forced thread switches
 *
 * Exit status 0: relacy found nothing. 3: it found a violation, printed with the schedule that leads to it.
 */
#include "relacy_directory_model.hpp"
#include "relacy_header_models.hpp"
#include "relacy_ring_models.hpp"
#include "relacy_vouch_model.hpp"
#include "relacy_wake_model.hpp"

unsigned broken;

static const ModelKind MODELS[] = {
    {"hot", 2, HotModel::make, RING_BREAKS_NAMED},
    {"lapped", 2, LappedModel::make, RING_BREAKS_NAMED},
    {"lives", 3, LivesModel::make, LIFE_BREAKS_NAMED},
    {"vouch", 2, VouchModel::make, VOUCH_BREAKS_NAMED},
    {"wake", 2, WakeModel::make, WAKE_BREAKS_NAMED},
    {"wake two", 3, WakeModel::make, WAKE_BREAKS_NAMED},
    {"directory", 3, DirectoryModel::make, DIRECTORY_BREAKS_NAMED},
    {"epoch", 2, EpochModel::make, EPOCH_BREAKS_NAMED},
    {"version", 2, VersionModel::make, VERSION_BREAKS_NAMED},
};

static const ModelKind *kind;

/* One suite for all models of a thread count: relacy's templates are slow to compile. */
template <int THREADS> class Suite : public rl::test_suite<Suite<THREADS>, THREADS> {
  public:
    Suite() : model_(kind->make(memory_)) {}
    ~Suite() { model_->~Model(); }
    void before() { model_->before(); }
    void thread(unsigned number) { model_->thread(number); }
    void after() { model_->after(); }

  private:
    alignas(16) char memory_[8192];
    Model *model_;
};

static_assert(sizeof(LivesModel) <= 8192 && sizeof(DirectoryModel) <= 8192, "the models fit");

static int list() {
    for (const ModelKind &model : MODELS)
        for (unsigned number = 0; model.breaks[number] != NULL; number++)
            std::cout << model.name << "|" << number << "|" << model.breaks[number] << std::endl;
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2 && std::string(argv[1]) == "list")
        return list();
    for (const ModelKind &model : MODELS)
        if (argc >= 4 && std::string(argv[1]) == model.name)
            kind = &model;
    if (kind == NULL) {
        std::cerr << "usage: relacy_check list | MODEL NUMBER random|full|bound [NUMBER]" << std::endl;
        return 2;
    }
    broken = unsigned(std::strtoul(argv[2], NULL, 10));
    unsigned long long number = argc > 4 ? std::strtoull(argv[4], NULL, 10) : 0;
    std::string search = argv[3];
    rl::test_params params;
    std::ostringstream progress;
    params.progress_stream = &progress;
    params.execution_depth_limit = 4000;
    if (search == "random") {
        params.search_type = rl::random_scheduler_type;
        params.iteration_count = number;
    } else if (search == "full") {
        params.search_type = rl::fair_full_search_scheduler_type;
    } else {
        params.search_type = rl::fair_context_bound_scheduler_type;
        params.context_bound = unsigned(number);
    }
    bool is_clean = kind->threads == 2 ? rl::simulate<Suite<2>>(params) : rl::simulate<Suite<3>>(params);
    std::cout << "relacy_check: " << kind->name << " / " << kind->breaks[broken] << ": "
              << rl::test_result_str(params.test_result) << " after " << params.stop_iteration << " iterations"
              << std::endl;
    return is_clean ? 0 : 3;
}
