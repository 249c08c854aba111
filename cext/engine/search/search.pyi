from cext.engine.search.problem import Problem, Solved

WORK_MAX_N: int

def solve_deals(problem: Problem) -> Solved: ...
