"""kill -9 in the midst of writing, learning, retraining and promotion. `python -m benchmarks.learning --kills 500`
does it more often."""

from benchmarks.kills import kill_often


def test_killed_at_random_moments_everything_promised_is_there(tmp_path):
    found = kill_often(tmp_path, range(40), seed=1)
    assert found.broken == []
    assert found.kills == 40
    assert found.promised > 100
    assert found.promotions > 5
    assert found.amid_retraining > 2
