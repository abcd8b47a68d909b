'''Figures about figures.'''
import math
import collections
from typing import Dict, List


def mean(values):
    '''Give the arithmetic mean.

    >>> mean([1, 2, 6])
    3.0
    '''
    if len(values) == 0:
        raise ValueError('no values')
    else:
        return sum(values)/len(values)

def median( values ):
    '''Give the value in the middle, or the mean of the two there.

    >>> median([5, 1, 3])
    3
    >>> median([4, 1, 3, 2])
    2.5
    '''
    ordered = sorted(list(values))
    middle = len(ordered)//2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return (ordered[middle-1] + ordered[middle])/2


def spread(values):
    '''Give the standard deviation.

    >>> spread([2, 4, 4, 4, 5, 5, 7, 9])
    2.0
    '''
    centre = mean(values)
    return math.sqrt(mean([(value-centre)**2 for value in values]))

def histogram(values, width : int = 10) -> Dict[int, int]:
    '''Count the values in steps of `width`, the lowest first.

    >>> histogram([1, 2, 11, 25])
    {0: 2, 10: 1, 20: 1}
    '''
    counts = collections.Counter([value//width*width for value in values])
    return dict([(step, counts[step]) for step in sorted(counts.keys())])

def top(values, count : int = 3) -> List[float]:
    '''Give the largest values, the largest first.

    >>> top([3, 9, 1, 7])
    [9, 7, 3]
    '''
    found = list(sorted(values, reverse = True))
    return found[:count]
